using System.Text;
using System.Text.Json;

namespace McpOperator.Signatures.Formats;

/// <summary>A DSSE envelope (github.com/secure-systems-lab/dsse): what is signed is not the payload alone but its type with it.</summary>
internal sealed record DsseEnvelope(string PayloadType, byte[] Payload, IReadOnlyList<byte[]> Signatures)
{
    private const int MostSignatures = 16;

    /// <summary>The signed bytes: <c>DSSEv1 LEN(type) type LEN(payload) payload</c>.</summary>
    public byte[] PreAuthenticationEncoding =>
        [.. Encoding.UTF8.GetBytes($"DSSEv1 {Encoding.UTF8.GetByteCount(PayloadType)} {PayloadType} {Payload.Length} "), .. Payload];

    /// <exception cref="FormatException">It is none.</exception>
    public static DsseEnvelope Parse(JsonElement envelope)
    {
        var signatures = envelope.Items("signatures").Take(MostSignatures + 1).Select(s => s.Bytes("sig")).ToList();
        return signatures.Count is 0 or > MostSignatures
            ? throw new FormatException($"a DSSE envelope with no signature or more than {MostSignatures}")
            : new DsseEnvelope(envelope.Text("payloadType"), envelope.Bytes("payload"), signatures);
    }
}
