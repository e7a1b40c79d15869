// Lists the screens of this terminal: each with its page, and a counter's.

const LABELS = { lane: "通道屏 Lane screen", kiosk: "自助机 Kiosk" };

function link(address, label) {
  const made = document.createElement("a");
  made.className = "button";
  made.href = address;
  made.textContent = label;
  return made;
}

function row(screen) {
  const item = document.createElement("li");
  item.className = "card";
  const name = document.createElement("h2");
  name.textContent = screen.lane;
  item.append(name, link(`/screen/${screen.lane}`, LABELS[screen.kind]));
  return item;
}

const answer = await fetch("/screen/v1/screens");
const { screens } = await answer.json();
document.getElementById("screens").append(...screens.map(row));
document.getElementById("none").hidden = screens.length > 0;
