using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;

namespace McpOperator.Identity;

/// <summary>A public key of the issuer (RFC 7517), for signatures alone.</summary>
internal sealed class SigningKey
{
    private const int SmallestRsaBits = 2048;
    private const int LargestRsaBits = 8192;

    private static readonly Dictionary<string, (ECCurve Curve, int CoordinateBytes)> Curves = new(StringComparer.Ordinal)
    {
        ["P-256"] = (ECCurve.NamedCurves.nistP256, 32),
        ["P-384"] = (ECCurve.NamedCurves.nistP384, 48),
        ["P-521"] = (ECCurve.NamedCurves.nistP521, 66),
    };

    private readonly string? _algorithm;
    private readonly string? _curve;
    private readonly RSAParameters _rsa;
    private readonly ECParameters _ec;

    /// <summary>Instances of .NET's own key types are not promised to serve two threads at a time, and are dear to make.</summary>
    private readonly ConcurrentBag<AsymmetricAlgorithm> _idle = [];

    private SigningKey(string? id, string? algorithm, RSAParameters rsa) => (Id, _algorithm, _rsa) = (id, algorithm, rsa);

    private SigningKey(string? id, string? algorithm, string curve, ECParameters ec) => (Id, _algorithm, _curve, _ec) = (id, algorithm, curve, ec);

    /// <summary>The key's name.</summary>
    public string? Id { get; }

    /// <summary>Reads a key of a JWKS.</summary>
    /// <returns>Nothing for a key that is of no use to us: for encryption, of another kind, too weak, or broken.</returns>
    public static SigningKey? Read(JsonElement key)
    {
        if (key.ValueKind != JsonValueKind.Object || Text(key, "use") is not (null or "sig") || !MayVerify(key))
        {
            return null;
        }

        var (id, algorithm) = (Text(key, "kid"), Text(key, "alg"));
        if (algorithm is not null && SignatureAlgorithm.Find(algorithm) is null)
        {
            return null;
        }

        try
        {
            return Text(key, "kty") switch
            {
                "RSA" => ReadRsa(key, id, algorithm),
                "EC" => ReadEc(key, id, algorithm),
                _ => null,
            };
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return null;
        }
    }

    /// <summary>Whether the key can have made signatures of this algorithm.</summary>
    public bool Suits(SignatureAlgorithm algorithm) => algorithm.Curve == _curve && (_algorithm is null || _algorithm == algorithm.Name);

    /// <summary>Whether a signature is the key's.</summary>
    public bool Verify(SignatureAlgorithm algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (!_idle.TryTake(out var key))
        {
            key = _curve is null ? RSA.Create(_rsa) : ECDsa.Create(_ec);
        }

        try
        {
            return key switch
            {
                RSA rsa => rsa.VerifyData(data, signature, algorithm.Hash, algorithm.Padding!),
                // RFC 7518, 3.4: the two numbers side by side, each as long as the curve's.
                ECDsa ec => signature.Length == 2 * Curves[_curve!].CoordinateBytes
                    && ec.VerifyData(data, signature, algorithm.Hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
                _ => false,
            };
        }
        catch (CryptographicException)
        {
            return false;
        }
        finally
        {
            _idle.Add(key);
        }
    }

    private static SigningKey? ReadRsa(JsonElement key, string? id, string? algorithm)
    {
        var (modulus, exponent) = (Bytes(key, "n"), Bytes(key, "e"));
        // A larger one would make every token cost a second; a longer exponent as well.
        if (modulus.Length * 8 is < SmallestRsaBits or > LargestRsaBits || exponent.Length is < 1 or > 4)
        {
            return null;
        }

        var parameters = new RSAParameters { Modulus = modulus, Exponent = exponent };
        using var check = RSA.Create(parameters);
        return check.KeySize >= SmallestRsaBits ? new SigningKey(id, algorithm, parameters) : null;
    }

    private static SigningKey? ReadEc(JsonElement key, string? id, string? algorithm)
    {
        if (Text(key, "crv") is not { } curve || !Curves.TryGetValue(curve, out var known))
        {
            return null;
        }

        var (x, y) = (Bytes(key, "x"), Bytes(key, "y"));
        if (x.Length != known.CoordinateBytes || y.Length != known.CoordinateBytes)
        {
            return null;
        }

        var parameters = new ECParameters { Curve = known.Curve, Q = new ECPoint { X = x, Y = y } };
        // Refuses a point that is not on the curve.
        using var check = ECDsa.Create(parameters);
        return new SigningKey(id, algorithm, curve, parameters);
    }

    private static bool MayVerify(JsonElement key) =>
        !key.TryGetProperty("key_ops", out var operations)
        || (operations.ValueKind == JsonValueKind.Array && operations.EnumerateArray().Any(o => o.ValueKind == JsonValueKind.String && o.ValueEquals("verify")));

    private static byte[] Bytes(JsonElement key, string name) =>
        Base64Url.DecodeFromChars(Text(key, name) ?? throw new FormatException($"'{name}' is missing"));

    private static string? Text(JsonElement key, string name) =>
        key.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
