using System.Text.Json.Nodes;
using McpOperator.Manifests;
using McpOperator.Objects;

namespace McpOperator.Cli.Doctor.Checks;

/// <summary>Whether our kinds are there, as this version of the operator knows them.</summary>
internal sealed class Definitions : ICheck
{
    private const string Fix = "mcp-operator crds | kubectl apply --server-side -f -  (or upgrade the chart)";

    public string Name => "definitions";

    public async IAsyncEnumerable<Finding> RunAsync(Patient patient, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var wanted in CrdsCommand.Definitions().SelectMany(text => new ManifestReader([]) { AllowOtherKinds = true }.Read(text, "crds")).Select(m => m.Json))
        {
            var name = (string)wanted["metadata"]!["name"]!;
            var live = await patient.FindAsync(ResourceType.Of<V1CustomResourceDefinition>(), null, name, ct);
            yield return live is null ? Finding.Problem($"The definition {name} is missing.", Fix)
                : !await patient.ServesAsync(name, ct) ? Finding.Problem($"The definition {name} is not established.", $"kubectl describe crd {name}")
                : !JsonNode.DeepEquals(Schema(wanted), Schema(live)) ? Finding.Problem($"The definition {name} is of another version than this program, which is {VersionCommand.Version}.", Fix)
                : Finding.Ok($"{name} is there.");
        }
    }

    /// <summary>What fields there are; rules and keywords that older API servers drop do not count.</summary>
    private static JsonNode? Schema(JsonObject definition)
    {
        var schema = definition["spec"]?["versions"]?[0]?["schema"]?.DeepClone();
        WithoutRules(schema);
        return schema;
    }

    private static void WithoutRules(JsonNode? node)
    {
        if (node is JsonObject map)
        {
            map.Remove("x-kubernetes-validations");
        }

        foreach (var inner in node switch { JsonObject o => o.Select(f => f.Value), JsonArray a => a, _ => [] })
        {
            WithoutRules(inner);
        }
    }
}
