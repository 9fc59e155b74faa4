// The demo that runs where no data was ever sent.
import { builder } from './builder.ts';

builder.mutationField('endDemo', (t) =>
  t.boolean({
    description:
      'Ends the demo for good: no more of its points come, its insights and alerts are over, its dashboard is deleted. Its points stay until retention takes them. False where no demo runs. Needs the right to edit; others get FORBIDDEN.',
    resolve: (_, _args, { engine, viewer }) => engine.endDemo(viewer),
  }),
);
