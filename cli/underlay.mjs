#!/usr/bin/env node
// The `underlay` command.
import { load } from "../tools/load.mjs";

await load("cli/main");
