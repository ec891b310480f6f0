namespace McpOperator.Objects;

/// <summary>The API server's answer when it did not return an object: mostly an error.</summary>
public sealed record V1Status : IKubernetesObject
{
    /// <inheritdoc/>
    public string ApiVersion { get; init; } = "v1";

    /// <inheritdoc/>
    public string Kind { get; init; } = "Status";

    /// <summary><c>Success</c> or <c>Failure</c>.</summary>
    public string? Status { get; init; }

    /// <summary>What happened, for people.</summary>
    public string? Message { get; init; }

    /// <summary>What happened, for machines: <c>NotFound</c>, <c>Conflict</c>, <c>Invalid</c> …</summary>
    public string? Reason { get; init; }

    /// <summary>The HTTP status.</summary>
    public int? Code { get; init; }

    /// <summary>The object and the fields that the answer is about.</summary>
    public V1StatusDetails? Details { get; init; }

    /// <summary>For an expired list: where it can go on from the newest state.</summary>
    public V1ListMeta? Metadata { get; init; }
}

/// <summary>Metadata of a list.</summary>
public sealed record V1ListMeta
{
    /// <summary>The version of the whole list.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Where the next page begins; absent after the last.</summary>
    public string? Continue { get; init; }
}

/// <summary>The object and the fields that a <see cref="V1Status"/> is about.</summary>
public sealed record V1StatusDetails
{
    /// <summary>The object's name.</summary>
    public string? Name { get; init; }

    /// <summary>The object's group.</summary>
    public string? Group { get; init; }

    /// <summary>The object's kind or resource.</summary>
    public string? Kind { get; init; }

    /// <summary>The object's identity.</summary>
    public string? Uid { get; init; }

    /// <summary>What is wrong, field by field.</summary>
    public IReadOnlyList<V1StatusCause>? Causes { get; init; }

    /// <summary>After how many seconds the request may be tried again.</summary>
    public int? RetryAfterSeconds { get; init; }
}

/// <summary>One thing that is wrong.</summary>
public sealed record V1StatusCause
{
    /// <summary>Machine-readable cause.</summary>
    public string? Reason { get; init; }

    /// <summary>The cause for people.</summary>
    public string? Message { get; init; }

    /// <summary>The field, such as <c>spec.image</c>.</summary>
    public string? Field { get; init; }
}
