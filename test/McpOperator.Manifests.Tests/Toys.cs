using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using McpOperator.Objects;

namespace McpOperator.Manifests.Tests;

/// <summary>A kind with every sort of field, so that these tests do not change whenever the API does.</summary>
[KubernetesEntity(Group = "toys.example", ApiVersion = "v1", Kind = "Toy", PluralName = "toys")]
public sealed record Toy : CustomKubernetesEntity<ToySpec, ToyStatus>;

public sealed record ToySpec
{
    public string? Transport { get; init; }

    public ToyColour? Colour { get; init; }

    public int Port { get; init; } = 8080;

    public bool? Loud { get; init; }

    public double? Weight { get; init; }

    public Quantity? Memory { get; init; }

    public IntOrString? Target { get; init; }

    public IReadOnlyList<ToyPart>? Parts { get; init; }

    public IReadOnlyDictionary<string, string>? Env { get; init; }

    public JsonNode? Anything { get; init; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTime? Renewed { get; init; }

    public string Shown => Transport ?? "";
}

public sealed record ToyPart
{
    public required string Name { get; init; }

    public int? Size { get; init; }
}

public sealed record ToyStatus;

public enum ToyColour
{
    Red,

    [JsonStringEnumMemberName("sky-blue")]
    SkyBlue,
}
