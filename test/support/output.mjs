// Several lanes run at once and print one after the other: the first unfinished one live, the others when it is done.

/**
 * One lane's way to the terminal.
 *
 * @typedef {object} Channel
 * @property {(text: string) => void} write Prints now if this lane has the floor, else later.
 * @property {() => void} end Passes the floor on.
 */

/**
 * Makes channels that never interleave.
 *
 * @param {(text: string) => void} print Where all of it goes in the end.
 * @returns {() => Channel} Opens a channel; channels print in the order in which they were opened.
 */
export function orderedOutput(print) {
  /** @type {{ pending: string[], ended: boolean }[]} */
  const queue = [];
  const advance = () => {
    for (let head = queue[0]; head !== undefined; head = queue[0]) {
      print(head.pending.splice(0).join(""));
      if (!head.ended) {
        return;
      }
      queue.shift();
    }
  };
  return () => {
    /** @type {{ pending: string[], ended: boolean }} */
    const entry = { pending: [], ended: false };
    queue.push(entry);
    return {
      write: (text) => {
        entry.pending.push(text);
        if (queue[0] === entry) {
          advance();
        }
      },
      end: () => {
        entry.ended = true;
        advance();
      },
    };
  };
}
