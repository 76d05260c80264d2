/** The dialog that takes a token. It is kept in memory and gone when the page is left. */

import { fill, make } from "./dom.js";
import { hasToken, useToken } from "./client.js";

/** The dialog, and the button that opens it. */
export class Access {
  /**
   * @param {HTMLDialogElement} dialog
   * @param {HTMLButtonElement} button
   * @param {() => void} changed runs after another token has been given, or none
   */
  constructor(dialog, button, changed) {
    this.dialog = dialog;
    this.button = button;
    this.changed = changed;
    button.addEventListener("click", () => this.ask());
  }

  /**
   * Opens the dialog.
   * @param {string} [why] what the server said
   */
  ask(why = "") {
    if (this.dialog.open) {
      return;
    }
    const field = make("input", {
      id: "access-token",
      type: "password",
      autocomplete: "off",
      spellcheck: "false",
      required: true,
    });
    const use = (event) => {
      event.preventDefault();
      this.#use(field.value.trim());
    };
    fill(
      this.dialog,
      make(
        "form",
        { method: "dialog", onsubmit: use },
        make("h2", { id: "access-title" }, "Token"),
        why === "" ? null : make("p.refusal", { role: "alert" }, why),
        make("p.quiet", {}, "Changes need the role admin. The token stays in the memory of this page, and is forgotten when you leave it."),
        make("label", { for: "access-token" }, "Bearer token"),
        field,
        make(
          "div.buttons",
          {},
          hasToken() ? make("button.plain", { type: "button", onclick: () => this.#use("") }, "Forget it") : null,
          make("button.plain", { type: "button", onclick: () => this.dialog.close() }, "Cancel"),
          make("button.main", { type: "submit" }, "Use it"),
        ),
      ),
    );
    this.dialog.showModal();
    field.focus();
  }

  #use(token) {
    useToken(token);
    this.button.textContent = hasToken() ? "Token in use" : "Use a token";
    this.dialog.close();
    this.changed();
  }
}
