using McpOperator.Objects;

namespace McpOperator.Kube;

/// <summary>
/// Makes the caller's form of an object from the UTF-8 JSON of one list item or watch event. The span is only valid during the call.
/// </summary>
/// <typeparam name="T">The caller's form.</typeparam>
/// <param name="header">Name and version, already read.</param>
/// <param name="utf8">The object. Items of built-in kinds carry no <c>apiVersion</c> and <c>kind</c>.</param>
public delegate T ItemDecoder<out T>(in ObjectHeader header, ReadOnlySpan<byte> utf8);

/// <summary>The usual decoders.</summary>
public static class ItemDecoders
{
    /// <summary>The declared type.</summary>
    public static ItemDecoder<T> Typed<T>() where T : KubernetesEntity => static (in ObjectHeader _, ReadOnlySpan<byte> utf8) =>
        KubernetesJson.Deserialize<T>(utf8);

    /// <summary>A compact document.</summary>
    public static ItemDecoder<KubernetesDocument> Document(DocumentOptions? options = null)
    {
        var kept = options ?? DocumentOptions.Default;
        return (in ObjectHeader header, ReadOnlySpan<byte> utf8) => KubernetesDocument.Read(header, utf8, kept);
    }
}
