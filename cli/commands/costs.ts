import { type Command, Option } from "commander";
import { cloudNames } from "../../catalogue/prices/cloud-schema.ts";
import { collect, json } from "./options.ts";

const priceBook = (): Option =>
  new Option("--price-book <file>", "what your own machines cost (JSON; docs/schemas/private-price-book.schema.json)");

function addPrices(program: Command): void {
  program
    .command("prices")
    .description("list every price that is known, each with its date and source")
    .addOption(new Option("--refresh <cloud>", "ask this cloud for today's first").choices(cloudNames))
    .option("--region <name>", "with --refresh: region to ask for; other services than instances then have no price")
    .addOption(priceBook())
    .addOption(json())
    .action(async (options: import("../prices.ts").PricesOptions) => {
      process.exitCode = await (await import("../prices.ts")).listPrices(options);
    });
}

function addPlace(program: Command): void {
  program
    .command("place")
    .description(
      "say where a model is served for the least money, by what was measured; exit with 1 when nothing is known to qualify",
    )
    .requiredOption("--model <name>", "service that was measured, or model of serving records")
    .requiredOption("--rate <requests>", "requests, such as 20/s, 1200/min or 5000/h")
    .requiredOption("--p95 <time>", "what 95 % of all answers may take, such as 200ms")
    .addOption(priceBook())
    .option("--here <name>", "machine or flavor of the price book that this machine is")
    .option("--currency <code>", "currency to compare in; that of the price book, or USD, unless told")
    .option(
      "--speed <name=factor>",
      "how fast a CPU of a place is against the one measured on; `all` for all others",
      collect,
      [],
    )
    .option(
      "--probe <name=file>",
      "what probe.py printed on a place, and `here` for the machine measured on",
      collect,
      [],
    )
    .option("--from <path>", "folder of records of `underlay tune` or a serving study, repeatable", collect, [])
    .option("--measurements <file>", "measurements of services (JSON); yours unless told")
    .option("--concurrency <number>", "functions that your account on AWS may run at once", "1000")
    .addOption(json())
    .action(async (options: import("../place.ts").PlaceOptions) => {
      process.exitCode = (await import("../place.ts")).placeModel(options);
    });
}

function addPrice(program: Command): void {
  program
    .command("price")
    .description("say what a stack costs before it is made; exit with 1 when that is beyond a budget")
    .argument("<plan>", "what `pulumi preview --json` or `pulumi stack export` printed; - for standard input")
    .option("--hours <number>", "hours that it is planned to stand", "1")
    .option("--budget <amount>", "most that it may cost in these hours; what has no price is then refused, too")
    .option("--per-hour <amount>", "most that it may cost in an hour")
    .option("--currency <code>", "currency of sums and budget; that of the price book, or USD, unless told")
    .addOption(priceBook())
    .option("--here <name>", "machine of the price book that this one is, for stacks that use it")
    .option("--region <name>", "region of AWS that the stack is in; its provider's unless told")
    .option("--markdown", "print Markdown for a pull request: what changes")
    .addOption(json())
    .action(async (plan: string, options: import("../price.ts").PriceOptions) => {
      process.exitCode = (await import("../price.ts")).pricePlan(plan, options);
    });
}

/** Adds the commands about money. */
export function addCostsCommands(program: Command): void {
  program.commandsGroup("Costs:");
  addPlace(program);
  addPrice(program);
  addPrices(program);
}
