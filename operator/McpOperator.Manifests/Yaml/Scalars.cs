using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace McpOperator.Manifests.Yaml;

/// <summary>
/// What an unquoted scalar means to Kubernetes, whose YAML is that of sigs.k8s.io/yaml (goyaml.v2): the booleans and
/// numbers of YAML 1.1, but dates and base-60 numbers stay text.
/// </summary>
internal static partial class Scalars
{
    /// <summary>The value; null for YAML's null.</summary>
    public static JsonValue? Resolve(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return null;
            case "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" or "y" or "Y":
                return JsonValue.Create(true);
            case "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF" or "n" or "N":
                return JsonValue.Create(false);
        }

        return ResolveNumber(text) ?? JsonValue.Create(text);
    }

    /// <summary>Whether the text is not a number at all but one of those that JSON does not have.</summary>
    public static bool IsNotFinite(string text) => NotFinite().IsMatch(text);

    /// <summary>Whether some reader of YAML, 1.1 or 1.2, would take the unquoted text for something else.</summary>
    public static bool IsAmbiguous(string text) =>
        text.Length == 0 || Words().IsMatch(text) || Numbers().IsMatch(text) || Dates().IsMatch(text) || NotFinite().IsMatch(text)
        || Resolve(text)?.GetValueKind() != System.Text.Json.JsonValueKind.String;

    private static JsonValue? ResolveNumber(string text)
    {
        if (!char.IsAsciiDigit(text[0]) && text[0] is not ('+' or '-' or '.'))
        {
            return null;
        }

        var plain = text[0] == '.' ? text : text.Replace("_", "", StringComparison.Ordinal);
        if (Integer().Match(plain) is { Success: true } match)
        {
            var number = Digits(match);
            number = match.Groups["sign"].Value == "-" ? -number : number;
            return number >= long.MinValue && number <= long.MaxValue ? JsonValue.Create((long)number)
                : JsonNode.Parse(number.ToString(CultureInfo.InvariantCulture))!.AsValue();
        }

        return Float().IsMatch(plain) && double.TryParse(plain, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real)
            ? JsonValue.Create(real)
            : null;
    }

    private static BigInteger Digits(Match match)
    {
        var (digits, radix) = match.Groups["hex"] is { Success: true } hex ? (hex.Value, 16)
            : match.Groups["oct"] is { Success: true } octal ? (octal.Value, 8)
            : match.Groups["bin"] is { Success: true } binary ? (binary.Value, 2)
            : (match.Groups["dec"].Value, 10);
        return radix == 10
            ? BigInteger.Parse(digits, CultureInfo.InvariantCulture)
            : digits.Aggregate(BigInteger.Zero, (sum, digit) => (sum * radix) + Convert.ToInt32(digit.ToString(), 16));
    }

    [GeneratedRegex("^(?<sign>[-+]?)(0[xX](?<hex>[0-9a-fA-F]+)|0[bB](?<bin>[01]+)|0[oO]?(?<oct>[0-7]+)|(?<dec>0|[1-9][0-9]*))\\z")]
    private static partial Regex Integer();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex Float();

    [GeneratedRegex(@"^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\z")]
    private static partial Regex NotFinite();

    [GeneratedRegex(@"^(y|n|yes|no|on|off|true|false|null|~|<<|=)\z", RegexOptions.IgnoreCase)]
    private static partial Regex Words();

    [GeneratedRegex(@"^[-+]?(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(\.[0-9_]+|[0-9][0-9_]*(:[0-5]?[0-9])*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?)\z")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt\s].*)?\z")]
    private static partial Regex Dates();
}
