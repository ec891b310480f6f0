using System.Text;
using System.Text.Json;

namespace McpOperator.Signatures.Formats;

/// <summary>A DSSE envelope (github.com/secure-systems-lab/dsse): what is signed is not the payload alone but its type with it.</summary>
internal sealed record DsseEnvelope(string PayloadType, byte[] Payload, byte[] Signature)
{
    /// <summary>The signed bytes: <c>DSSEv1 LEN(type) type LEN(payload) payload</c>.</summary>
    public byte[] PreAuthenticationEncoding =>
        [.. Encoding.UTF8.GetBytes($"DSSEv1 {Encoding.UTF8.GetByteCount(PayloadType)} {PayloadType} {Payload.Length} "), .. Payload];

    /// <summary>DSSE knows several signatures; a Sigstore bundle has exactly one.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static DsseEnvelope Parse(JsonElement envelope) => envelope.Items("signatures").Take(2).ToList() is [var one]
        ? new DsseEnvelope(envelope.Text("payloadType"), envelope.Bytes("payload"), one.Bytes("sig"))
        : throw new FormatException("a DSSE envelope without exactly one signature");
}
