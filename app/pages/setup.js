// Makes the first admin with the one-time token of the set-up link.

const $ = (id) => document.getElementById(id);
const fields = ["email", "screenName", "password"];

const token = new URLSearchParams(location.search).get("token");
// Out of the address bar, the history and screenshots.
history.replaceState(null, "", location.pathname);

$(token ? "form-part" : "no-token").hidden = false;
if (token) $("email").focus();

function tell(field, message) {
  $(`${field}-error`).textContent = message;
  if (fields.includes(field)) $(field).setAttribute("aria-invalid", message ? "true" : "false");
}

function clear() {
  for (const field of [...fields, "form"]) tell(field, "");
}

function isFilledIn() {
  const wrong = fields.filter((field) => !$(field).checkValidity());
  for (const field of wrong) tell(field, $(field).validationMessage);
  if (wrong.length > 0) $(wrong[0]).focus();
  return wrong.length === 0;
}

function showRefusal({ error, details = [] }) {
  const known = details.filter(({ field }) => fields.includes(field));
  for (const { field, message } of known) tell(field, message);
  if (known.length > 0) $(known[0].field).focus();
  else tell("form", error);
}

function showDone({ user, accessToken, expiresIn }) {
  $("form-part").hidden = true;
  $("done").hidden = false;
  $("done-title").textContent = `Welcome, ${user.screenName}`;
  $("minutes").textContent = `${Math.round(expiresIn / 60)} minutes`;
  $("done-title").focus();
  $("copy").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(accessToken);
      $("copied").textContent = "Copied.";
    } catch {
      // Browsers allow the clipboard on https and localhost only.
      $("copied").replaceChildren(Object.assign(document.createElement("code"), { textContent: accessToken }));
    }
  });
}

$("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  clear();
  if (!isFilledIn()) return;
  $("submit").disabled = true;
  try {
    const response = await fetch("/api/v1/auth/setup", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token, ...Object.fromEntries(fields.map((field) => [field, $(field).value])) }),
    });
    const answer = await response.json();
    if (response.ok) showDone(answer);
    else showRefusal(answer);
  } catch {
    tell("form", "The server could not be reached. Try again in a moment.");
  } finally {
    $("submit").disabled = false;
  }
});
