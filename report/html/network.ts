import { markup } from "../markup.ts";
import type { Markup } from "../markup.ts";
import { dash, numberText } from "../number-text.ts";
import { baselineFirst, labelOf } from "../run.ts";
import type { NamedResults } from "./interference.ts";
import { numberHead, scrolling } from "./tables.ts";

/** What was measured between the hosts of every environment, before the first launch; null where nothing was. */
export function networkTable(all: readonly NamedResults[]): Markup | null {
  const bodies = all.flatMap(({ name, results }) => {
    const rows = baselineFirst(results).flatMap((result) =>
      (result.network ?? []).map((network) => {
        const { from, to, throughputMbitPerSec, roundTripMs, mtuBytes, configuredMbitPerSec, overlay } = network;
        const numbers = [
          numberText(throughputMbitPerSec, 3),
          configuredMbitPerSec === null ? dash : numberText(configuredMbitPerSec, 3),
          numberText(roundTripMs, 3),
          String(mtuBytes),
        ].map((text) => markup`<td class="number">${text}</td>`);
        return markup`<tr><th scope="row">${labelOf(result)}</th><td>${from} to ${to}</td>${numbers}<td>${overlay}</td></tr>
`;
      }),
    );
    if (rows.length === 0) return [];
    const head = name === null ? null : markup`<tr class="group"><th colspan="7" scope="rowgroup">${name}</th></tr>`;
    return [
      markup`<tbody>${head}${rows}</tbody>
`,
    ];
  });
  if (bodies.length === 0) return null;
  const heads = [
    numberHead("throughput", "Mbit/s"),
    numberHead("set to", "Mbit/s"),
    numberHead("round trip", "ms"),
    numberHead("MTU", "bytes"),
  ];
  return scrolling(
    "Network between hosts",
    markup`<table><caption><span><b>Network between hosts</b>, as measured before the first launch: payload of a TCP connection, and
the median time of a byte there and one back.</span></caption>
<thead><tr><th scope="col">environment</th><th scope="col">way</th>${heads}<th scope="col">overlay</th></tr></thead>
${bodies}</table>`,
  );
}
