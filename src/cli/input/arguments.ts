import * as Args from '@oclif/core/args';

// oclif reads stdin for an argument that is left out; here only "-" asks for that

export const argument = (description: string) => Args.string({ ignoreStdin: true, description });

export const requiredArgument = (description: string) =>
  Args.string({ ignoreStdin: true, required: true, description });

/** What several ids are given by; see idArguments. */
export const idsArgument = argument(
  'Ids, or their first digits (4 or more), as many as you like; - reads them from stdin.',
);

/** See readSessionArgument. */
export const sessionArgument = requiredArgument(
  'Id of the session, its first digits (4 or more), or a token of it; - reads that from stdin.',
);
