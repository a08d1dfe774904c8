// The link's secret stands behind the #, which no browser sends by itself. It is posted, and leaves the address.
// That opens the page and changes nothing: only a press of a button does.
function follow() {
  const form = document.getElementById("from-link");
  const token = window.location.hash.slice(1);
  if (!form || !/^[\w-]{20,200}$/.test(token)) return;
  window.history.replaceState(null, "", window.location.pathname);
  form.elements.token.value = token;
  form.submit();
}

window.addEventListener("hashchange", follow);
follow();
