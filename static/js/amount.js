// Shows price × quantity while it is typed. The server computes the amount again.
//
// Integer minor units all the way: the currency's decimals come with each product.

function amountOf(minor, decimals) {
  const digits = minor.toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  return decimals ? `${whole}.${digits.slice(-decimals)}` : whole;
}

function inWords(minor, currency, decimals) {
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  const format = (more) => new Intl.NumberFormat(document.documentElement.lang, { ...options, ...more });
  const styled = format({ style: "currency", currency });
  const symbol = styled.formatToParts(0).find((part) => part.type === "currency").value;
  const number = amountOf(minor, decimals);
  return `${symbol === currency ? format({}).format(number) : styled.format(number)}\u00a0${currency}`;
}

for (const form of document.querySelectorAll("form[data-amount]")) {
  const output = form.querySelector("output");
  const show = () => {
    // Looked up each time: another account or a search brings other fields.
    const { product_ref: product, quantity } = form.elements;
    const { minor, currency, decimals } = product.selectedOptions[0]?.dataset ?? {};
    for (const one of form.querySelectorAll("[data-for-product]")) {
      one.hidden = one.dataset.forProduct !== product.value;
    }
    const typed = quantity.value.trim();
    const valid = minor && /^\d{1,6}$/.test(typed) && Number(typed) >= 1;
    output.textContent = valid
      ? inWords(BigInt(minor) * BigInt(typed), currency, Number(decimals))
      : "—";
  };
  form.addEventListener("input", show);
  show();
}
