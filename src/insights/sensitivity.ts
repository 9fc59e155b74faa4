// How readily an analyzer says something.

export const sensitivities = ['LOW', 'MEDIUM', 'HIGH'] as const;
export type Sensitivity = (typeof sensitivities)[number];
