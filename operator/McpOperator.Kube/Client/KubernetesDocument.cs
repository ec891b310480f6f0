using System.Buffers;
using System.Text.Json;
using McpOperator.Objects;

namespace McpOperator.Kube;

/// <summary>The controller that owns an object.</summary>
/// <param name="ApiVersion">Its version.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">Its name, in the same namespace.</param>
/// <param name="Uid">Its identity.</param>
public sealed record ControllerReference(string ApiVersion, string Kind, string Name, string Uid);

/// <summary>
/// Any object, small enough to keep ten thousand of: a few facts and the pruned UTF-8 JSON; everything else is read on demand.
/// </summary>
public sealed class KubernetesDocument
{
    private readonly PackedJson _json;

    private KubernetesDocument(in ObjectHeader header, PackedJson json)
    {
        Namespace = header.Namespace;
        Name = header.Name;
        ResourceVersion = header.ResourceVersion;
        Generation = header.Generation;
        IsDeleting = header.IsDeleting;
        _json = json;
    }

    /// <summary>The namespace; empty for cluster-scoped objects.</summary>
    public string Namespace { get; }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The name with its namespace.</summary>
    public NamespacedName Key => new(Namespace, Name);

    /// <summary>The version.</summary>
    public string ResourceVersion { get; }

    /// <summary>The version of the desired state; 0 where the kind counts none.</summary>
    public long Generation { get; }

    /// <summary>Whether deletion was asked for.</summary>
    public bool IsDeleting { get; }

    /// <summary>The identity. Read from the JSON at each call.</summary>
    public string Uid => _json.Read(ObjectHeader.ReadUid);

    /// <summary>The controller that owns this object; null when there is none. Read from the JSON at each call.</summary>
    public ControllerReference? Controller => _json.Read(DocumentReader.ReadController);

    /// <summary>The object as UTF-8 JSON, without what <see cref="DocumentOptions"/> dropped. Unpacked at each call.</summary>
    public ReadOnlyMemory<byte> Json => _json.Read(static utf8 => utf8.ToArray());

    /// <summary>A label's value; null when the object does not have it.</summary>
    public string? Label(string name) => _json.Read(utf8 => DocumentReader.ReadMetadataValue(utf8, "labels"u8, name));

    /// <summary>An annotation's value; null when the object does not have it.</summary>
    public string? Annotation(string name) => _json.Read(utf8 => DocumentReader.ReadMetadataValue(utf8, "annotations"u8, name));

    /// <summary>The object as a tree that is made for this call and lives as long as the caller keeps it.</summary>
    public JsonElement ToJsonElement() => _json.Read(static utf8 =>
    {
        var reader = new Utf8JsonReader(utf8, JsonDepth.Options);
        return JsonElement.ParseValue(ref reader);
    });

    /// <summary>The object, or the part of it that <typeparamref name="T"/> knows, as a new instance.</summary>
    public T Deserialize<T>() => _json.Read(KubernetesJson.Deserialize<T>);

    /// <summary>Makes a document from an object's JSON.</summary>
    public static KubernetesDocument Parse(ReadOnlySpan<byte> utf8, DocumentOptions? options = null) =>
        Read(ObjectHeader.Read(utf8), utf8, options ?? DocumentOptions.Default);

    /// <summary>Makes a document from an object.</summary>
    public static KubernetesDocument From(KubernetesEntity entity, DocumentOptions? options = null) =>
        Parse(KubernetesJson.SerializeToUtf8Bytes(entity), options);

    internal static KubernetesDocument Read(in ObjectHeader header, ReadOnlySpan<byte> utf8, DocumentOptions options)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(utf8.Length);
        try
        {
            var length = DocumentPruner.Prune(utf8, buffer, options);
            return new(header, PackedJson.Of(buffer.AsSpan(0, length)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
