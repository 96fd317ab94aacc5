// The colours that mean something, for canvas; wall.css has the same as variables. It must never hold decoration.

/** GB/T 35965: I red, II orange, III yellow, IV blue. */
export const SEVERITY_COLOURS: readonly string[] = ["", "#ff4d4f", "#ff9330", "#ffd43b", "#4ea1ff"];
export const OVERDUE_COLOUR = "#ff6b8a";
export const INK = "#06101d";
/** Outside the city. */
export const GROUND = "#070f1c";
export const PAPER = "#eaf2ff";
