// The smallest picture (one red pixel) and the shortest sound (no samples).
export const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
export const wav = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQAAAAA=';

export const text = (value, more) => ({ content: [{ type: 'text', text: value }], ...more });
export const user = content => ({ role: 'user', content });
export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));
