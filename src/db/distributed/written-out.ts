import { ownSchema } from '../schema/files.ts';
import { relationsIn, withColumns, withEpochs, withObjects, writtenOut } from './relations.ts';

/** Writes the relations of our schema out in each statement that names one. */
export function writtenOutAs(): (statement: string) => string {
  const relations = relationsIn(ownSchema().functions);
  const written = new Map<string, string>();
  return (statement) => {
    let text = written.get(statement);
    if (text === undefined) {
      text = withColumns(withObjects(writtenOut(withEpochs(statement), relations)));
      written.set(statement, text);
    }
    return text;
  };
}
