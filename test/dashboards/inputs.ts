// Dashboards as a client asks for them.
import type { Edit, WidgetInput } from '../../src/dashboards/edit-dashboard.ts';
import type { WindowQueryInput } from '../../src/windows/window-query.ts';

export function queryInput(asked: Partial<WindowQueryInput> = {}): WindowQueryInput {
  return {
    entityType: 'orders',
    aggregation: { function: 'COUNT' },
    timeWindow: { size: 1, unit: 'MINUTE' },
    ...asked,
  };
}

export function widgetInput(name = 'Orders', asked: Partial<WidgetInput> = {}): WidgetInput {
  return { name, type: 'NUMBER', query: queryInput(), ...asked };
}

/** Ids are numbered: wid_1, dash_2, … */
export function anEdit(asked: Partial<Edit> = {}): Edit {
  let last = 0;
  const newId = (prefix: string) => {
    last += 1;
    return `${prefix}_${last}`;
  };
  return { viewerId: 'ann', now: 1000, maxWidgets: 20, takesWebhooks: true, newId, ...asked };
}
