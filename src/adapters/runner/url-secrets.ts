/** Characters from which on a user without a password is taken for a token. */
const tokenLength = 20;

/** The credentials in the URLs of a text, as they stand there and decoded: each password, and each user that is a token. */
export function urlSecrets(text: string): string[] {
  const found = [...text.matchAll(/\/\/([^\s"'|,/?#:@]*)(?::([^\s"'|,]*))?@/g)].flatMap(
    ([, user = '', password = '']) => [
      ...(password === '' ? [] : [password, `${user}:${password}`]),
      ...(user.length >= tokenLength ? [user] : []),
    ],
  );
  return [...new Set(found.flatMap((each) => [each, decoded(each)]))];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
