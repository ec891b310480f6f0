using McpOperator.Objects;

namespace McpOperator.Kube;

/// <summary>A partial change of one object.</summary>
public sealed class V1Patch
{
    private V1Patch(ReadOnlyMemory<byte> content, PatchType type, bool force)
    {
        Content = content;
        Type = type;
        Force = force;
    }

    /// <summary>How the content is meant.</summary>
    public enum PatchType
    {
        /// <summary>RFC 6902: a list of operations.</summary>
        JsonPatch,

        /// <summary>RFC 7386: the fields that change; null removes.</summary>
        MergePatch,

        /// <summary>Server-side apply: all fields that we want, under our field manager's name.</summary>
        ApplyPatch,
    }

    /// <summary>The patch as UTF-8 JSON.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>How the content is meant.</summary>
    public PatchType Type { get; }

    /// <summary>Whether an apply takes fields over from other managers.</summary>
    public bool Force { get; }

    /// <summary>A list of operations.</summary>
    public static V1Patch Json(ReadOnlyMemory<byte> utf8) => new(utf8, PatchType.JsonPatch, false);

    /// <summary>The fields that change.</summary>
    public static V1Patch Merge(ReadOnlyMemory<byte> utf8) => new(utf8, PatchType.MergePatch, false);

    /// <summary>The fields that change, as any object that serialises to them.</summary>
    public static V1Patch Merge(object change) => new(KubernetesJson.SerializeToUtf8Bytes(change), PatchType.MergePatch, false);

    /// <summary>All fields that we want.</summary>
    public static V1Patch Apply(ReadOnlyMemory<byte> utf8, bool force = true) => new(utf8, PatchType.ApplyPatch, force);

    /// <summary>All fields that we want, as an object.</summary>
    public static V1Patch Apply(object wanted, bool force = true) =>
        new(KubernetesJson.SerializeToUtf8Bytes(wanted), PatchType.ApplyPatch, force);

    internal string ContentType => Type switch
    {
        PatchType.JsonPatch => "application/json-patch+json",
        PatchType.MergePatch => "application/merge-patch+json",
        _ => "application/apply-patch+yaml",
    };
}
