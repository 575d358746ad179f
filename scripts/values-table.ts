import type protobuf from 'protobufjs';

/**
 * What each message and enumeration holds. A type is `string`, `bool`, `int`, `float`, `duration`, `struct`, `list`,
 * `any`, `int-or-string`, the name of a message, `enum:` and the name of an enumeration; `[]` before it makes a list of
 * it, `{}` a mapping.
 */
export interface ValueTable {
  messages: Record<string, Record<string, string>>;
  enums: Record<string, string[]>;
}

const valuesMessage = 'operator.v1alpha1.Values';

/** What the charts take as it is, and a program of Istio reads as the message that it is. */
const readAs: Record<string, string> = {
  [`${valuesMessage}.meshConfig`]: 'mesh.v1alpha1.MeshConfig',
  'operator.v1alpha1.GlobalConfig.meshNetworks': '{}mesh.v1alpha1.Network',
};

const scalars: Record<string, string> = {
  string: 'string',
  bytes: 'string',
  bool: 'bool',
  ...Object.fromEntries(['int32', 'uint32', 'int64', 'uint64', 'sint32', 'sint64'].map((type) => [type, 'int'])),
  float: 'float',
  double: 'float',
  '.google.protobuf.StringValue': 'string',
  '.google.protobuf.BytesValue': 'string',
  '.google.protobuf.BoolValue': 'bool',
  '.google.protobuf.Int32Value': 'int',
  '.google.protobuf.UInt32Value': 'int',
  '.google.protobuf.Int64Value': 'int',
  '.google.protobuf.UInt64Value': 'int',
  '.google.protobuf.FloatValue': 'float',
  '.google.protobuf.DoubleValue': 'float',
  '.google.protobuf.Duration': 'duration',
  '.google.protobuf.Struct': 'struct',
  '.google.protobuf.Any': 'struct',
  '.google.protobuf.ListValue': 'list',
  '.google.protobuf.Value': 'any',
  '.istio.operator.v1alpha1.IntOrString': 'int-or-string',
};

/** Everything that values lead to. */
export function tableOf(files: protobuf.Root): ValueTable {
  const table: ValueTable = { messages: {}, enums: {} };
  const waiting = [valuesMessage];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (table.messages[name] !== undefined) continue;
    const fields: Record<string, string> = {};
    table.messages[name] = fields;
    for (const field of files.lookupType(`istio.${name}`).fieldsArray) {
      const type = readAs[`${name}.${field.name}`] ?? typeOf(field, table);
      fields[keyOf(field, name)] = type;
      const message = type.replace(/^(\[\]|\{\})/, '');
      if (message.includes('.') && !message.startsWith('enum:')) waiting.push(message);
    }
  }
  return sorted(table);
}

function typeOf(field: protobuf.Field, table: ValueTable): string {
  const { resolvedType: type } = field;
  const prefix = field.map ? '{}' : field.repeated ? '[]' : '';
  if (type === null) return `${prefix}${scalar(field.type)}`;
  const name = type.fullName.replace(/^\.istio\./, '');
  if ('values' in type) {
    table.enums[name] = Object.keys(type.values).sort();
    return `${prefix}enum:${name}`;
  }
  return `${prefix}${scalars[type.fullName] ?? name}`;
}

function scalar(type: string): string {
  const known = scalars[type];
  if (known === undefined) throw new Error(`${type} is a type that no value had so far`);
  return known;
}

/** The charts read the names of the protocol files, istiod what JSON makes of them. */
function keyOf(field: protobuf.Field, message: string): string {
  const given: unknown = field.options?.json_name;
  if (typeof given === 'string') return given;
  if (message.startsWith('operator.')) return field.name;
  return field.name.replace(/_(.?)/g, (_match, letter: string) => letter.toUpperCase());
}

/** What either knows. */
export function mergeTables(one: ValueTable, other: ValueTable): ValueTable {
  const merged = structuredClone(one);
  for (const [name, fields] of Object.entries(other.messages)) {
    const known = merged.messages[name] ?? {};
    for (const [key, type] of Object.entries(fields)) known[key] = (known[key] ?? type) === type ? type : 'any';
    merged.messages[name] = known;
  }
  for (const [name, values] of Object.entries(other.enums)) {
    merged.enums[name] = [...new Set([...(merged.enums[name] ?? []), ...values])];
  }
  return sorted(merged);
}

function sorted({ messages, enums }: ValueTable): ValueTable {
  return {
    messages: sortKeys(Object.fromEntries(Object.entries(messages).map(([name, fields]) => [name, sortKeys(fields)]))),
    enums: sortKeys(Object.fromEntries(Object.entries(enums).map(([name, values]) => [name, values.toSorted()]))),
  };
}

function sortKeys<T>(mapping: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(mapping).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
