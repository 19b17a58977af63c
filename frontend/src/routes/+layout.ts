// The Python app serves one shell for every path; pages are drawn in the browser.
export const ssr = false;
export const prerender = false;
