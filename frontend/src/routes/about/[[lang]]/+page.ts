// Text for everybody, so it is made once, in both languages, and read without any code.
export const ssr = true;
export const prerender = true;
