// The live leaderboard: the top 10 of one board, moved by the server's events.
//
// Everything that players chose (names, titles) goes to the page as text, never as HTML.

const $ = (id) => document.getElementById(id);
const numbers = new Intl.NumberFormat();
const still = matchMedia("(prefers-reduced-motion: reduce)");
const BOARDS_EVERY = 15_000;
const HIDDEN_PATIENCE = 30_000;
const SPOKEN_EVERY = 5_000;

const rows = new Map(); // user id -> list item
let boards = [];
let board = null; // id of the board that is shown
let source = null;
let recovery = null;
let leader = null;
let spokenAt = 0;

// --- Which board --------------------------------------------------------------------------------

const wanted = () => {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return "";
  }
};

async function loadBoards() {
  const found = [];
  let cursor = "";
  do {
    const response = await fetch(`/api/v1/leaderboards?limit=100${cursor}`);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const page = await response.json();
    found.push(...page.leaderboards);
    cursor = page.nextCursor ? `&cursor=${encodeURIComponent(page.nextCursor)}` : "";
  } while (cursor && found.length < 500);
  // The board of all games first; the others as the server orders them.
  boards = [...found.filter((it) => it.id === "global"), ...found.filter((it) => it.id !== "global")];
  showChoice();
}

function showChoice() {
  const select = $("board");
  const same = select.length === boards.length && boards.every((it, at) => select[at].value === it.id && select[at].text === it.title);
  if (!same) select.replaceChildren(...boards.map((it) => new Option(it.title, it.id)));
  $("choice").hidden = boards.length < 2;
  const id = boards.some((it) => it.id === wanted()) ? wanted() : boards.some((it) => it.id === board) ? board : boards[0]?.id;
  if (id !== undefined && id !== board) follow(id);
  if (board !== null) select.value = board;
}

function follow(id) {
  board = id;
  leader = null;
  rows.clear();
  $("entries").replaceChildren();
  $("entries").hidden = $("empty").hidden = true;
  const it = boards.find((one) => one.id === id);
  $("title").textContent = it?.title ?? id;
  document.title = `${it?.title ?? id} · Grandstand`;
  $("about").textContent = "";
  connect();
}

// --- The stream ---------------------------------------------------------------------------------

function say(state, text) {
  if ($("state").dataset.state === state) return;
  $("state").dataset.state = state;
  $("state").textContent = text;
}

function disconnect() {
  clearTimeout(recovery);
  source?.close();
  source = null;
}

function connect() {
  disconnect();
  say("connecting", "Connecting …");
  const stream = new EventSource(`/api/v1/leaderboards/${encodeURIComponent(board)}/events`);
  source = stream;
  stream.onopen = () => say("live", "Live");
  stream.addEventListener("leaderboard", (event) => {
    if (stream !== source) return;
    say("live", "Live");
    show(JSON.parse(event.data));
  });
  stream.onerror = () => {
    if (stream !== source) return;
    say("lost", "Reconnecting …");
    // The browser tries again by itself, except after an answer that it holds for final.
    if (stream.readyState === EventSource.CLOSED) recovery = setTimeout(connect, 2000 + 3000 * Math.random());
  };
}

// --- The list -----------------------------------------------------------------------------------

function show({ total, entries }) {
  const about = boards.find((it) => it.id === board);
  const players = `${numbers.format(total)} ${total === 1 ? "player" : "players"}`;
  $("about").textContent = about?.order === "asc" ? `${players}, lowest first` : players;
  $("empty").hidden = entries.length > 0;
  $("entries").hidden = entries.length === 0;

  const before = new Map([...rows].map(([id, row]) => [id, row.getBoundingClientRect().top]));
  const kept = new Set(entries.map((entry) => entry.userId));
  for (const [id, row] of rows) {
    if (kept.has(id)) continue;
    row.remove();
    rows.delete(id);
  }
  entries.forEach((entry, at) => {
    const row = rows.get(entry.userId) ?? makeRow(entry.userId);
    fill(row, entry);
    if ($("entries").children[at] !== row) $("entries").insertBefore(row, $("entries").children[at] ?? null);
  });
  if (!still.matches) entries.forEach((entry) => move(rows.get(entry.userId), before.get(entry.userId)));
  speak(entries[0]);
}

function makeRow(id) {
  const row = document.createElement("li");
  for (const part of ["rank", "avatar", "name", "move", "score"]) {
    const cell = document.createElement("span");
    cell.className = part;
    if (part === "avatar" || part === "move") cell.setAttribute("aria-hidden", "true");
    row.append(cell);
    row[part] = cell;
  }
  rows.set(id, row);
  return row;
}

function fill(row, { rank, screenName, avatar, score }) {
  const previous = Number(row.dataset.rank ?? rank);
  if (previous !== rank) {
    row.move.dataset.move = rank < previous ? "up" : "down";
    row.move.textContent = rank < previous ? "▲" : "▼";
    clearTimeout(row.calm);
    row.calm = setTimeout(() => (row.move.textContent = ""), 4000);
  }
  row.dataset.rank = rank;
  row.rank.textContent = rank;
  row.name.textContent = screenName;
  row.name.title = screenName;
  row.avatar.textContent = [...screenName][0] ?? "?";
  // 137.5°, the golden angle: neighbours among the avatars look different.
  row.avatar.style.setProperty("--hue", Math.round((avatar * 137.508) % 360));
  row.changed = row.score.textContent !== "" && row.points !== score;
  row.points = score;
  row.score.textContent = numbers.format(score);
}

// From where it was to where it is: First, Last, Invert, Play.
function move(row, from) {
  for (const animation of row.getAnimations()) animation.cancel();
  const timing = { duration: 420, easing: "cubic-bezier(.2,.8,.2,1)" };
  if (from === undefined) {
    row.animate([{ opacity: 0, transform: "translateY(.75rem)" }, { opacity: 1, transform: "none" }], timing);
    return;
  }
  const distance = from - row.getBoundingClientRect().top;
  if (Math.abs(distance) > 0.5) {
    row.animate([{ transform: `translateY(${distance}px)` }, { transform: "none" }], timing);
  }
  if (row.changed) {
    const style = getComputedStyle(document.documentElement);
    row.animate([{ backgroundColor: style.getPropertyValue("--glow") }, { backgroundColor: style.getPropertyValue("--panel") }], { duration: 900, easing: "ease-out" });
  }
}

// For those who listen: who leads, and not ten times a second.
function speak(first) {
  if (!first || first.userId === leader) return;
  const now = Date.now();
  if (leader !== null && now - spokenAt < SPOKEN_EVERY) return;
  leader = first.userId;
  spokenAt = now;
  $("spoken").textContent = `${first.screenName} leads with ${numbers.format(first.score)}.`;
}

// --- Life of the page ---------------------------------------------------------------------------

async function keepBoards() {
  let wait = BOARDS_EVERY;
  if (!document.hidden || board === null) {
    try {
      await loadBoards();
      if (boards.length === 0) throw new Error("no boards");
    } catch {
      if (board === null) say("lost", "Waiting for the server …");
      wait = board === null ? 2000 : BOARDS_EVERY;
    }
  }
  setTimeout(keepBoards, wait);
}

// A page that nobody sees holds no connection: browsers have six for a server.
let hiding = null;
document.addEventListener("visibilitychange", () => {
  clearTimeout(hiding);
  if (document.hidden) {
    hiding = setTimeout(() => {
      disconnect();
      say("connecting", "Paused");
    }, HIDDEN_PATIENCE);
  } else if (source === null && board !== null) {
    connect();
  }
});
addEventListener("hashchange", () => {
  if (boards.length > 0) showChoice();
});
$("board").addEventListener("change", (event) => {
  location.hash = encodeURIComponent(event.target.value);
});

keepBoards();
