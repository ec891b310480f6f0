using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace McpOperator.Identity;

/// <summary>
/// A token in the compact form of RFC 7515, taken apart and read strictly (RFC 8725), but believed by nobody yet: see
/// <see cref="TokenValidator"/>.
/// </summary>
internal sealed class JsonWebToken : IDisposable
{
    /// <summary>Longer ones are refused unread. A hundred groups of fifty characters take half of it.</summary>
    public const int LongestToken = 16 * 1024;

    private const int DeepestClaims = 16;

    /// <summary>
    /// Headers that tell the reader where to find the key, or bring it along. Nobody who checks a token lets the token say so, and one that
    /// tries is refused rather than overlooked. <c>crit</c> names extensions that must be understood, and we know none.
    /// </summary>
    private static readonly string[] Refused = ["jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc"];

    private readonly JsonDocument _header;
    private readonly JsonDocument _claims;

    private JsonWebToken(JsonDocument header, JsonDocument claims, SignatureAlgorithm algorithm, byte[] signed, byte[] signature)
    {
        (_header, _claims, Algorithm, Signed, Signature) = (header, claims, algorithm, signed, signature);
        KeyId = header.RootElement.TryGetProperty("kid", out var kid) ? kid.GetString() : null;
    }

    /// <summary>What the token says how it is signed.</summary>
    public SignatureAlgorithm Algorithm { get; }

    /// <summary>The name of the key that it says it is signed with.</summary>
    public string? KeyId { get; }

    /// <summary>What is signed.</summary>
    public byte[] Signed { get; }

    /// <summary>The signature.</summary>
    public byte[] Signature { get; }

    /// <summary>The claims.</summary>
    public JsonElement Claims => _claims.RootElement;

    /// <summary>Takes a token apart.</summary>
    /// <param name="text">The token.</param>
    /// <param name="problem">Why it is none.</param>
    public static JsonWebToken? Read(string text, out string? problem)
    {
        if (text.Length > LongestToken)
        {
            problem = $"it is longer than {LongestToken} characters";
            return null;
        }

        var parts = text.Split('.');
        if (parts is not [var first, var second, var third])
        {
            problem = "it is no signed JSON Web Token of three parts";
            return null;
        }

        JsonDocument? header = null, claims = null;
        try
        {
            header = Parse(first);
            problem = ProblemOf(header.RootElement, out var algorithm);
            if (problem is null)
            {
                claims = Parse(second);
                return new JsonWebToken(header, claims, algorithm!, Encoding.ASCII.GetBytes($"{first}.{second}"), Base64Url.DecodeFromChars(third));
            }
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            problem = $"it cannot be read: {e.Message}";
        }

        header?.Dispose();
        claims?.Dispose();
        return null;
    }

    public void Dispose()
    {
        _header.Dispose();
        _claims.Dispose();
    }

    private static string? ProblemOf(JsonElement header, out SignatureAlgorithm? algorithm)
    {
        algorithm = header.TryGetProperty("alg", out var name) && name.ValueKind == JsonValueKind.String ? SignatureAlgorithm.Find(name.GetString()!) : null;
        if (algorithm is null)
        {
            return "its algorithm is not accepted here; RS, PS and ES with 256, 384 and 512 are";
        }

        if (Refused.FirstOrDefault(member => header.TryGetProperty(member, out _)) is { } refused)
        {
            return $"its header has '{refused}'";
        }

        if (header.TryGetProperty("kid", out var kid) && kid.ValueKind != JsonValueKind.String)
        {
            return "its header's 'kid' is no text";
        }

        // RFC 9068 names access tokens at+jwt; older issuers say JWT or nothing. An ID token or a logout token with a type of its own is none.
        return header.TryGetProperty("typ", out var typ) && (typ.ValueKind != JsonValueKind.String || !IsAccessToken(typ.GetString()!))
            ? "its type is not that of an access token"
            : null;
    }

    private static bool IsAccessToken(string type) =>
        (type.StartsWith("application/", StringComparison.OrdinalIgnoreCase) ? type["application/".Length..] : type).ToUpperInvariant() is "JWT" or "AT+JWT";

    private static JsonDocument Parse(string part)
    {
        var document = JsonDocument.Parse(Base64Url.DecodeFromChars(part), new JsonDocumentOptions { MaxDepth = DeepestClaims });
        if (document.RootElement.ValueKind != JsonValueKind.Object || HasDuplicates(document.RootElement))
        {
            document.Dispose();
            throw new FormatException("a part of it is no JSON object, or names a member twice");
        }

        return document;
    }

    /// <summary>Two readers that take different ones of two members of one name see two different tokens (RFC 7519, section 4).</summary>
    private static bool HasDuplicates(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var names = new HashSet<string>(StringComparer.Ordinal);
                foreach (var member in element.EnumerateObject())
                {
                    if (!names.Add(member.Name) || HasDuplicates(member.Value))
                    {
                        return true;
                    }
                }

                return false;
            case JsonValueKind.Array:
                return element.EnumerateArray().Any(HasDuplicates);
            default:
                return false;
        }
    }
}
