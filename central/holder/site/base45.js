// Base45 (RFC 9285): two octets in three characters of a QR's alphanumeric set.

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

export function base45(octets) {
  let text = "";
  for (let place = 0; place < octets.length; place += 2) {
    const isPair = place + 1 < octets.length;
    let number = isPair ? octets[place] * 256 + octets[place + 1] : octets[place];
    for (let digits = isPair ? 3 : 2; digits > 0; digits -= 1) {
      text += ALPHABET[number % 45];
      number = Math.floor(number / 45);
    }
  }
  return text;
}
