// Runs before the first paint, as a file of its own because the content security policy allows no inline script.
(() => {
  const theme = localStorage.getItem('almanac.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
})();
