/**
 * Moves as they happen: a stream where the connection has one, else by asking again and again. Not by EventSource,
 * which cannot send a token.
 */

import { headers, readRefusal } from "./client.js";

const RETRY_MS = 2_000;
const POLL_MS = 2_000;
/** The server sends something every ten seconds. */
const SILENCE_MS = 25_000;
/** Longer than the longest event: what grows beyond is no event stream. */
const MAX_EVENT_CHARS = 1 << 20;

/**
 * Splits an event stream into its events (HTML, 9.2.6).
 */
export class EventParser {
  /** @param {(name: string, data: string) => void} onEvent */
  constructor(onEvent) {
    this.onEvent = onEvent;
    this.rest = "";
  }

  /** @param {string} text the next part, which may end anywhere */
  push(text) {
    const blocks = (this.rest + text).split("\n\n");
    this.rest = blocks.pop() ?? "";
    if (this.rest.length > MAX_EVENT_CHARS) {
      throw new Error("this is no event stream");
    }
    blocks.forEach((block) => this.#take(block));
  }

  #take(block) {
    let name = "message";
    const data = [];
    for (const line of block.split("\n")) {
      if (line.startsWith("event: ")) {
        name = line.slice(7);
      } else if (line.startsWith("data: ")) {
        data.push(line.slice(6));
      }
    }
    if (data.length > 0) {
      this.onEvent(name, data.join("\n"));
    }
  }
}

/**
 * Follows the moves until the page is left.
 * @param {object} to
 * @param {(moves: any[]) => void} to.onMoves eldest first
 * @param {(count: number) => void} to.onDropped so many were lost
 * @param {(state: "live" | "polling" | "away") => void} to.onState
 */
export async function follow({ onMoves, onDropped, onState }) {
  /** @type {number | null} the number of the last move that is known */
  let last = null;
  let term = null;

  const know = (page) => {
    if (term !== null && page.term !== term) {
      // All was forgotten; numbers may begin again.
      last = 0;
    }
    term = page.term;
    last = Math.max(last ?? 0, page.next);
    onMoves(page.moves);
  };

  const takeEvent = (name, data) => {
    const event = JSON.parse(data);
    if (name === "move") {
      last = event.sequence;
      onMoves([event]);
    } else if (name === "dropped") {
      onDropped(event.moves);
    } else if (name === "begin") {
      onState("live");
    }
  };

  for (;;) {
    let pause = RETRY_MS;
    try {
      if (last === null) {
        know(await page("events?limit=100"));
      }
      const streamed = await stream(last, takeEvent);
      if (!streamed.isStream) {
        know(streamed.page);
        onState("polling");
        pause = POLL_MS;
      }
    } catch {
      onState("away");
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

async function page(path) {
  const response = await fetch(path, { headers: headers(), cache: "no-store", signal: AbortSignal.timeout(10_000) });
  if (!response.ok) {
    throw await readRefusal(response);
  }
  return response.json();
}

/** Reads until the stream ends. A server behind a proxy that cannot stream answers with a page of moves. */
async function stream(last, takeEvent) {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const response = await fetch(`events?after=${last}`, {
      headers: headers({ accept: "text/event-stream", "last-event-id": String(last) }),
      cache: "no-store",
      signal: silence.signal,
    });
    if (response.status === 503) {
      // As many watch as may: this one asks from time to time.
      return { isStream: false, page: await page(`events?after=${last}`) };
    }
    if (!response.ok) {
      throw await readRefusal(response);
    }
    if (!(response.headers.get("content-type") ?? "").startsWith("text/event-stream")) {
      return { isStream: false, page: await response.json() };
    }
    const parser = new EventParser(takeEvent);
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return { isStream: true };
      }
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    clearTimeout(timer);
  }
}
