using System.Text.Json.Nodes;
using McpOperator.Objects;

namespace McpOperator.Kube.Tests;

/// <summary>A custom kind that only these tests know.</summary>
[KubernetesEntity(Group = "tests.example.com", ApiVersion = "v1alpha1", Kind = "Widget", PluralName = "widgets")]
public sealed record Widget : CustomKubernetesEntity<WidgetSpec, WidgetStatus>
{
    public static ResourceType Resource { get; } = ResourceType.Of<Widget>();

    public static Widget Named(string name, string size = "small", string ns = "shop") =>
        new() { Metadata = new() { Name = name, NamespaceProperty = ns }, Spec = new() { Size = size } };

    public static JsonObject Definition { get; } = JsonNode.Parse("""
        {
          "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
          "metadata": { "name": "widgets.tests.example.com" },
          "spec": {
            "group": "tests.example.com", "scope": "Namespaced", "names": { "kind": "Widget", "plural": "widgets" },
            "versions": [ { "name": "v1alpha1", "served": true, "storage": true } ]
          }
        }
        """)!.AsObject();
}

public sealed record WidgetSpec
{
    public string Size { get; init; } = "";
}

public sealed record WidgetStatus
{
    public string? Phase { get; init; }
}
