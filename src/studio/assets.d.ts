/** Stylesheets that a page imports; Vite puts them beside the page's script. */
declare module "*.css";
