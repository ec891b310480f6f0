using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace McpOperator.Objects;

/// <summary>
/// An amount of a resource: <c>100m</c> CPU, <c>128Mi</c> of memory. Kept in the form to which the API server normalises it
/// (<c>1000m</c> is stored as <c>1</c>), so that what we want can be compared with what is stored. The rules are those of the Go package
/// <c>k8s.io/apimachinery/pkg/api/resource</c>; each was tried on an API server, and the tests hold its answers.
/// </summary>
[JsonConverter(typeof(QuantityConverter))]
public readonly partial record struct Quantity
{
    private const int LongestText = 64;
    private const int LargestExponent = 64;

    private static readonly string[] DecimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
    private static readonly string[] BinarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

    private readonly string? _canonical;

    /// <summary>Reads an amount.</summary>
    /// <exception cref="FormatException">The text is no amount; the message shows one that is.</exception>
    public Quantity(string text)
    {
        _canonical = Canonicalize(text)
            ?? throw new FormatException($"'{text}' is not a quantity; write a number with an optional suffix, such as 250m, 1.5 or 128Mi.");
    }

    /// <summary>Whether <paramref name="text"/> is an amount.</summary>
    public static bool TryParse(string text, out Quantity quantity)
    {
        var valid = Canonicalize(text) is not null;
        quantity = valid ? new Quantity(text) : default;
        return valid;
    }

    /// <summary>Reads an amount from its usual text.</summary>
    public static implicit operator Quantity(string text) => new(text);

    /// <summary>The canonical form.</summary>
    public override string ToString() => _canonical ?? "0";

    private static string? Canonicalize(string text)
    {
        text = text.Trim();
        if (text.Length > LongestText || Form().Match(text) is not { Success: true } form || form.Groups["whole"].Length + form.Groups["fraction"].Length == 0)
        {
            return null;
        }

        var whole = form.Groups["whole"].Value.TrimStart('0');
        var fraction = form.Groups["fraction"].Value;
        var digits = (whole.Length == 0 ? "0" : whole) + fraction;
        var suffix = form.Groups["suffix"].Value;
        var value = BigInteger.Parse(digits, CultureInfo.InvariantCulture);
        var power = Array.IndexOf(BinarySuffixes, suffix);
        if (power > 0)
        {
            return Binary(text, value, digits.Length, fraction.Length, power, form.Groups["sign"].Value == "-");
        }

        var isExponent = suffix.Length > 1;
        var exponent = isExponent ? int.Parse(suffix[1..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : (Array.IndexOf(DecimalSuffixes, suffix) - 3) * 3;
        if (Math.Abs(exponent) > LargestExponent)
        {
            return null;
        }

        // The API server keeps the text as it came where it is nearly canonical: 1.500 and +1 stay, 1.50 becomes 1500m.
        var scale = exponent - fraction.Length;
        if (digits.Length <= 18 && scale >= -9 && scale % 3 == 0 && digits[0] != '0' && !digits.EndsWith("000", StringComparison.Ordinal))
        {
            return text;
        }

        var nanos = scale >= -9 ? value * BigInteger.Pow(10, scale + 9) : CeilingDivide(value, BigInteger.Pow(10, -scale - 9));
        return RenderDecimal(form.Groups["sign"].Value == "-" ? -nanos : nanos, isExponent);
    }

    private static string Binary(string text, BigInteger value, int digits, int decimals, int power, bool isNegative)
    {
        if (decimals == 0 && 14 - digits - (power * 3) >= 0 && !(value % 1024).IsZero)
        {
            return text;
        }

        var unit = BigInteger.Pow(10, 9);
        var nanos = CeilingDivide(value * BigInteger.Pow(1024, power) * unit, BigInteger.Pow(10, decimals));
        nanos = BigInteger.Min(nanos, long.MaxValue * unit);
        var signed = isNegative ? -nanos : nanos;
        // Small and broken numbers of bytes are written decimally, which loses nothing.
        if (nanos < 1024 * unit || !(nanos % unit).IsZero)
        {
            return RenderDecimal(signed, isExponent: false);
        }

        var bytes = signed / unit;
        var step = 0;
        while (step < BinarySuffixes.Length - 1 && (bytes % 1024).IsZero)
        {
            bytes /= 1024;
            step++;
        }

        return bytes + BinarySuffixes[step];
    }

    /// <summary>What is finer than a nano is rounded up: who asks for something gets something.</summary>
    private static BigInteger CeilingDivide(BigInteger value, BigInteger divisor)
    {
        var quotient = BigInteger.DivRem(value, divisor, out var remainder);
        return remainder.IsZero ? quotient : quotient + 1;
    }

    private static string RenderDecimal(BigInteger nanos, bool isExponent)
    {
        if (nanos.IsZero)
        {
            return "0";
        }

        var step = 0;
        while ((isExponent || step < DecimalSuffixes.Length - 1) && (nanos % 1000).IsZero)
        {
            nanos /= 1000;
            step++;
        }

        return nanos + (!isExponent ? DecimalSuffixes[step] : step == 3 ? "" : "e" + ((step - 3) * 3));
    }

    [GeneratedRegex(@"^(?<sign>[+-]?)(?<whole>[0-9]*)(\.(?<fraction>[0-9]*))?(?<suffix>[KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+|)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Form();

    private sealed class QuantityConverter : JsonConverter<Quantity>
    {
        public override Quantity Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            try
            {
                return reader.TokenType == JsonTokenType.Number
                    ? new Quantity(System.Text.Encoding.UTF8.GetString(reader.ValueSpan))
                    : new Quantity(reader.GetString() ?? "");
            }
            catch (FormatException e)
            {
                throw new JsonException(e.Message, e);
            }
        }

        public override void Write(Utf8JsonWriter writer, Quantity value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
