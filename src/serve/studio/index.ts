/** The studio's server: the page that `allgood view` opens. @module */
export { startStudio } from "./app.ts";
