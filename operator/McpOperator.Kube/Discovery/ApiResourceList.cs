namespace McpOperator.Kube;

/// <summary>The resources of one group and version.</summary>
internal sealed record ApiResourceList
{
    public IReadOnlyList<ApiResource> Resources { get; init; } = [];
}

/// <summary>A resource, or with a slash in its name a subresource.</summary>
internal sealed record ApiResource
{
    public string Name { get; init; } = "";

    public string Kind { get; init; } = "";
}
