/* What differs from one run to the next becomes the same: times, ids, tokens and addresses. */
() => {
  const LETTERS = "1Qd7Kx4Vn9Rb2Tm6Wz8Yc3Hp5Js0Lg7Fk2Av9Ne4Uq"
  const like = (text) => {
    const same = LETTERS.slice(0, text.length)
    return text === text.toUpperCase() ? same.toUpperCase() : same
  }
  const still = (text) =>
    text
      .replace(/http:\/\/127\.0\.0\.1:\d+\/stripe_provider\//g, "https://buy.stripe.com/")
      .replace(/http:\/\/(localhost|127\.0\.0\.1):\d+/g, "https://pay.example.com")
      .replace(/(\/(?:webhooks\/\w+|p|verify|invites)\/)([\w-]{16,43})/g, (_all, path, token) => path + like(token))
      .replace(/\b([a-z]{2,6}_(?:test_|live_)?)([0-9A-Za-z]{12,})\b/g, (_all, prefix, id) => prefix + like(id))
      .replace(/\b(?:[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{10})\b/g, like)
      .replace(/\b1[789]\d{8}\b/g, "1795861800")
      .replace(/\b\d+([\u00a0 ]m?s)\b/g, "12$1")
      .replace(/\b\d{1,2} [A-Z][a-z]{2,8} 20\d\d/g, "28 Nov 2026")
      .replace(/\b[A-Z][a-z]{2} \d{1,2}, 20\d\d/g, "Nov 28, 2026")
      .replace(/(Nov 2026|, 2026), \d{1,2}:\d\d(:\d\d)?/g, "$1, 10:30")
      .replace(/(10:30\s)[ap]m/g, "$1am")
  for (const time of document.querySelectorAll("time.ago")) time.textContent = "just now"
  const texts = document.createTreeWalker(document, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const shown = still(texts.currentNode.data)
    if (shown !== texts.currentNode.data) texts.currentNode.data = shown
  }
  for (const input of document.querySelectorAll("input[readonly]")) input.value = still(input.value)
}
