// On a telephone the list of pages lies over the page: a touch beside it or Escape closes it, and does nothing else.

const small = matchMedia("(width < 53.75em)");
const open = () => small.matches && location.hash === "#nav";

export function listen() {
  document.addEventListener("click", (event) => {
    if (event.target.closest(".top-menu")) turn(event, "#nav");
    else if (open() && !event.target.closest("#nav :is(a, button):not(.side-close)")) {
      event.stopPropagation();
      turn(event, event.target.closest("#nav") && !event.target.closest(".side-close") ? "#nav" : "#main");
    }
  }, true);
  document.addEventListener("keydown", (event) => {
    if (open() && event.key === "Escape") turn(event, "#main");
  });
}

// Nobody loses their place in a long page. A step back closes the list, and none opens it again.
function turn(event, place) {
  event.preventDefault();
  const { scrollY } = window;
  if (place === "#nav" && !open()) location.assign(place);
  else location.replace(place);
  scrollTo({ top: scrollY, behavior: "instant" });
  document.querySelector(place === "#nav" ? ".side-close" : ".top-menu").focus({ preventScroll: true });
}
