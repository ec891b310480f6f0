using System.Text.Json.Serialization;

namespace McpOperator.Objects;

/// <summary>Metadata that every object has.</summary>
public sealed record V1ObjectMeta
{
    /// <summary>Unique within the namespace.</summary>
    public string Name { get; init; } = "";

    /// <summary>The API server completes this prefix to a free name when <see cref="Name"/> is empty.</summary>
    public string? GenerateName { get; init; }

    /// <summary>The namespace; absent for cluster-scoped objects.</summary>
    [JsonPropertyName("namespace")]
    public string? NamespaceProperty { get; init; }

    /// <summary>Identity over all time: a deleted and re-created object has another one.</summary>
    public string? Uid { get; init; }

    /// <summary>Opaque version for optimistic locking and watches.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Counts changes of the desired state.</summary>
    public long? Generation { get; init; }

    /// <summary>When the API server stored the object first.</summary>
    public DateTime? CreationTimestamp { get; init; }

    /// <summary>Set once deletion was asked for; the object goes when its finalizers are gone.</summary>
    public DateTime? DeletionTimestamp { get; init; }

    /// <summary>Keys for selection.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Notes that nothing selects by.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Objects whose deletion deletes this one.</summary>
    public IReadOnlyList<V1OwnerReference>? OwnerReferences { get; init; }

    /// <summary>Names of those who still have to clean up before the object goes.</summary>
    public IReadOnlyList<string>? Finalizers { get; init; }
}

/// <summary>Points at the object that owns this one, in the same namespace.</summary>
public sealed record V1OwnerReference
{
    /// <summary>The owner's version.</summary>
    public required string ApiVersion { get; init; }

    /// <summary>The owner's kind.</summary>
    public required string Kind { get; init; }

    /// <summary>The owner's name.</summary>
    public required string Name { get; init; }

    /// <summary>The owner's identity; a namesake with another identity is no owner.</summary>
    public required string Uid { get; init; }

    /// <summary>Whether the owner manages this object; at most one owner does.</summary>
    public bool? Controller { get; init; }

    /// <summary>Whether a foreground deletion of the owner waits for this object.</summary>
    public bool? BlockOwnerDeletion { get; init; }
}
