using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace McpOperator.Objects;

/// <summary>
/// An amount of a resource: <c>100m</c> CPU, <c>128Mi</c> of memory. Kept in the form to which the API server normalises it
/// (<c>1000m</c> is stored as <c>1</c>), so that what we want can be compared with what is stored. Source: the Go package
/// <c>k8s.io/apimachinery/pkg/api/resource</c>, "canonical form".
/// </summary>
[JsonConverter(typeof(QuantityConverter))]
public readonly record struct Quantity
{
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
        var end = text.Length;
        while (end > 0 && !char.IsAsciiDigit(text[end - 1]) && text[end - 1] != '.')
        {
            end--;
        }

        var suffix = text[end..];
        var number = text[..end];
        var exponent = 0;
        // 1e3 and 1E3 are decimal exponents; a lone E is exa.
        var e = number.AsSpan().IndexOfAny('e', 'E');
        if (suffix.Length == 0 && e > 0)
        {
            if (!int.TryParse(number[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent) || Math.Abs(exponent) > 18)
            {
                return null;
            }

            number = number[..e];
        }

        if (!TryScale(number, exponent, out var nanos))
        {
            return null;
        }

        var binary = Array.IndexOf(BinarySuffixes, suffix);
        if (binary > 0)
        {
            return Render(nanos * BigInteger.Pow(1024, binary), binaryForm: true);
        }

        var dec = Array.IndexOf(DecimalSuffixes, suffix);
        if (dec < 0)
        {
            return null;
        }

        return dec >= 3
            ? Render(nanos * BigInteger.Pow(1000, dec - 3), binaryForm: false)
            : Render(CeilingDivide(nanos, BigInteger.Pow(1000, 3 - dec)), binaryForm: false);
    }

    private static bool TryScale(string number, int exponent, out BigInteger nanos)
    {
        nanos = default;
        if (number.Length is 0 or > 40 || !decimal.TryParse(number, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _))
        {
            return false;
        }

        var point = number.IndexOf('.', StringComparison.Ordinal);
        var digits = point < 0 ? number : number.Remove(point, 1);
        var fraction = point < 0 ? 0 : number.Length - point - 1;
        if (!BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        var shift = 9 + exponent - fraction;
        nanos = shift >= 0 ? value * BigInteger.Pow(10, shift) : CeilingDivide(value, BigInteger.Pow(10, -shift));
        return true;
    }

    /// <summary>The API server rounds away from zero what is finer than a nano.</summary>
    private static BigInteger CeilingDivide(BigInteger value, BigInteger divisor)
    {
        var quotient = BigInteger.DivRem(value, divisor, out var remainder);
        return remainder.IsZero ? quotient : quotient + (value.Sign < 0 ? -1 : 1);
    }

    private static string Render(BigInteger nanos, bool binaryForm)
    {
        var unit = BigInteger.Pow(10, 9);
        if (binaryForm && (nanos % unit).IsZero && BigInteger.Abs(nanos / unit) >= 1024)
        {
            var value = nanos / unit;
            var power = 0;
            while (power < BinarySuffixes.Length - 1 && (value % 1024).IsZero && !value.IsZero)
            {
                value /= 1024;
                power++;
            }

            return value + BinarySuffixes[power];
        }

        var scale = 0;
        while (scale < DecimalSuffixes.Length - 1 && !nanos.IsZero && (nanos % 1000).IsZero)
        {
            nanos /= 1000;
            scale++;
        }

        return nanos.IsZero ? "0" : nanos + DecimalSuffixes[scale];
    }

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
