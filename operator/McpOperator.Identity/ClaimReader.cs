using System.Text.Json;

namespace McpOperator.Identity;

/// <summary>Reads claims, as their issuer names and shapes them.</summary>
internal static class ClaimReader
{
    /// <summary>
    /// A claim by its name, or by a path such as <c>realm_access.roles</c> or <c>act.sub</c>. A claim whose own name has dots in it (a URL)
    /// comes first.
    /// </summary>
    public static JsonElement? Find(JsonElement claims, string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return null;
        }

        if (claims.TryGetProperty(name, out var direct))
        {
            return direct;
        }

        var found = claims;
        foreach (var step in name.Split('.'))
        {
            if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(step, out found))
            {
                return null;
            }
        }

        return found;
    }

    /// <summary>A claim's text; nothing when it is absent, empty or no text.</summary>
    public static string? Text(JsonElement claims, string? name) =>
        Find(claims, name) is { ValueKind: JsonValueKind.String } value && value.GetString() is { Length: > 0 } text ? text : null;

    /// <summary>A claim's texts, whether it is one or a list.</summary>
    public static IReadOnlyList<string> Texts(JsonElement claims, string? name) => Find(claims, name) switch
    {
        { ValueKind: JsonValueKind.String } one => [one.GetString()!],
        { ValueKind: JsonValueKind.Array } many => [.. many.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)],
        _ => [],
    };

    /// <summary>A claim's time in Unix seconds (RFC 7519, NumericDate: fractions are allowed).</summary>
    /// <param name="claims">The claims.</param>
    /// <param name="name">The claim.</param>
    /// <param name="isBroken">Whether it is there and no time.</param>
    public static double? Time(JsonElement claims, string name, out bool isBroken)
    {
        isBroken = false;
        if (!claims.TryGetProperty(name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && double.IsFinite(seconds))
        {
            return seconds;
        }

        isBroken = true;
        return null;
    }
}
