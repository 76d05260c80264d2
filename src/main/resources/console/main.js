/** Puts the page together. */

import { Access } from "./access.js";
import { onRefused } from "./client.js";
import { Dashboard } from "./dashboard.js";
import { byId, say } from "./dom.js";
import { follow } from "./events.js";
import { Moves } from "./moves.js";
import { Search } from "./search.js";
import { TenantDrawer } from "./tenant.js";

const drawer = new TenantDrawer(byId("tenant"));
const open = (tenant) => drawer.open(tenant);
const dashboard = new Dashboard(open, showState);
const moves = new Moves(byId("moves"), byId("moves-link"), open);
const access = new Access(byId("access"), byId("token"), () => dashboard.refresh());
new Search(byId("search"), byId("found"), () => dashboard.names, open);

let askedForToken = false;
onRefused((refusal, wasChange) => {
  // Once by itself, then only when somebody asks for a change.
  if (!askedForToken || wasChange) {
    askedForToken = true;
    access.ask(refusal.message);
  }
});

function showState(refusal) {
  const notice = byId("notice");
  notice.hidden = refusal === null;
  say(notice, refusal === null ? "" : `${refusal.title ?? "This page failed"}: ${refusal.message}`);
  if (refusal !== null) {
    showLink("away", "not answered");
  } else if (byId("link").dataset.state === "away" || byId("link").dataset.state === "wait") {
    showLink("live", "live");
  }
}

function showLink(state, text) {
  byId("link").dataset.state = state;
  say(byId("link"), text);
}

follow({
  onMoves: (all) => moves.add(all),
  onDropped: (count) => moves.addDropped(count),
  onState: (state) => moves.showState(state),
});
dashboard.start();
drawer.openFromAddress();
