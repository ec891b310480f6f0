using McpOperator.Objects;

namespace McpOperator.Kube;

/// <summary>What matters of a CustomResourceDefinition. The schemas are left behind: together they would be megabytes.</summary>
internal sealed record CrdFacts(string[] Served)
{
    public static CrdFacts Read(in ObjectHeader header, ReadOnlySpan<byte> utf8)
    {
        var crd = KubernetesJson.Deserialize<V1CustomResourceDefinition>(utf8);
        var established = crd.Status?.Conditions?.Any(c => c is { Type: "Established", Status: "True" }) == true;
        var usable = established && !header.IsDeleting;
        return new(usable ? [.. crd.Spec.Versions.Where(v => v.Served).Select(v => v.Name)] : []);
    }

    public bool IsServed(ResourceType type) => Served.Contains(type.Version);
}
