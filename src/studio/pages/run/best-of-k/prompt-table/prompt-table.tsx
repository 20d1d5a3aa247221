import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { label, plural } from "../../../../../report/text.ts";
import { useVirtual } from "../../../../components/use-virtual.ts";
import type { Edit } from "../edit.ts";
import type { Evaluator } from "../evaluator.ts";
import type { Run } from "../run.ts";
import { type Filter, orderPrompts, type Rows, type Sort, type SortBy } from "./order.ts";
import { PromptRow } from "./prompt-row.tsx";
import { useSearch } from "./use-search.ts";

type Props = Rows & { run: Run; edit: Edit; labels: string[]; evaluator: Evaluator };

const COLUMNS: { by: SortBy; title: string; numeric?: boolean }[] = [
  { by: "prompt", title: "Prompt" },
  { by: "choice", title: "Choice" },
  { by: "p", title: "p(goal)", numeric: true },
  { by: "change", title: "Change", numeric: true },
  { by: "binding", title: "Held back by" },
  { by: "good", title: "Good" },
];

/** Every prompt with what is chosen for it; only the rows in view are on the page. */
export function PromptTable({ run, edit, labels, evaluator, outcome, before, chosen }: Props) {
  const [filter, setFilter] = useState<Filter>({ kind: "all" });
  const [sort, setSort] = useState<Sort>({ by: "prompt", down: false });
  const search = useSearch(run.name);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const scroller = useRef<HTMLDivElement>(null);
  const order = useMemo(
    () => orderPrompts({ outcome, before, chosen }, filter, sort, search.found),
    [outcome, before, chosen, filter, sort, search.found],
  );
  const virtual = useVirtual({
    scroller,
    count: order.length,
    estimateSize: () => 44,
    getItemKey: (i) => order[i] ?? i,
  });
  useEffect(() => scroller.current?.scrollTo({ top: 0 }), [filter, sort, search.found]);
  const toggle = (prompt: number) =>
    setOpen((before) => {
      const next = new Set(before);
      if (!next.delete(prompt)) next.add(prompt);
      return next;
    });
  return (
    <>
      <Filters
        values={outcome.values}
        filter={filter}
        setFilter={setFilter}
        search={search}
        shown={order.length}
      />
      <div class="prompt-table">
        <div
          class="table-scroll"
          ref={scroller}
          role="table"
          aria-label="Prompts"
          aria-rowcount={order.length + 1}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
        >
          <div role="rowgroup" class="table-head">
            <div role="row" class="table-row" aria-rowindex={1}>
              {COLUMNS.map((column) => (
                <HeaderCell key={column.by} {...column} sort={sort} setSort={setSort} />
              ))}
            </div>
          </div>
          <div class="table-body" role="presentation" style={{ height: `${virtual.getTotalSize()}px` }}>
            {virtual.getVirtualItems().map(({ index, key, start }) => {
              const prompt = order[index];
              if (prompt === undefined) return null;
              return (
                <div
                  key={key}
                  role="rowgroup"
                  class="table-item"
                  data-index={index}
                  ref={(element) => virtual.measureElement(element)}
                  style={{ transform: `translateY(${start}px)` }}
                >
                  <PromptRow
                    {...{ run, edit, evaluator, outcome, before, chosen, prompt }}
                    text={labels[prompt] ?? ""}
                    row={index + 2}
                    open={open.has(prompt)}
                    toggle={toggle}
                  />
                </div>
              );
            })}
          </div>
        </div>
      </div>
    </>
  );
}

type HeaderProps = (typeof COLUMNS)[number] & { sort: Sort; setSort(sort: Sort): void };

function HeaderCell({ by, title, numeric = false, sort, setSort }: HeaderProps) {
  const current = sort.by === by;
  const order = current ? (sort.down ? "descending" : "ascending") : "none";
  return (
    <div role="columnheader" aria-sort={order} class={numeric ? "n" : undefined}>
      <button type="button" class="sort" onClick={() => setSort({ by, down: current && !sort.down })}>
        {title}
        <span aria-hidden="true">{current ? (sort.down ? " ↓" : " ↑") : ""}</span>
      </button>
    </div>
  );
}

type FilterProps = {
  values: readonly string[];
  filter: Filter;
  setFilter(filter: Filter): void;
  search: ReturnType<typeof useSearch>;
  shown: number;
};

function Filters({ values, filter, setFilter, search, shown }: FilterProps) {
  const options: { name: string; filter: Filter }[] = [
    { name: "all prompts", filter: { kind: "all" } },
    { name: "where the choice changed", filter: { kind: "changed" } },
    { name: "not good in all values", filter: { kind: "not-good" } },
    ...values.map((value) => ({
      name: `held back by ${label(value, 30)}`,
      filter: { kind: "binding", value } as const,
    })),
  ];
  const at = options.findIndex((option) => JSON.stringify(option.filter) === JSON.stringify(filter));
  return (
    <div class="row filters">
      <label class="row">
        Show
        <select
          value={String(at)}
          onChange={(event) =>
            setFilter(options[Number(event.currentTarget.value)]?.filter ?? { kind: "all" })
          }
        >
          {options.map(({ name }, i) => (
            <option key={name} value={String(i)}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="row">
        Search
        <input
          type="search"
          placeholder="in prompts and responses"
          value={search.text}
          onInput={(event) => search.setText(event.currentTarget.value)}
        />
      </label>
      <span class="note" role="status">
        {search.busy ? "Searching…" : (search.failed ?? plural(shown, "prompt"))}
      </span>
    </div>
  );
}
