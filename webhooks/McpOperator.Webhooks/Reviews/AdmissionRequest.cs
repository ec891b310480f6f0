using System.Text.Json;
using McpOperator.Admission;

namespace McpOperator.Webhooks.Reviews;

/// <summary>What the API server asks.</summary>
internal sealed record AdmissionRequest
{
    /// <summary>Identifies the question; the answer bears it too.</summary>
    public required string Uid { get; init; }

    /// <summary>Group, version and kind, such as <c>mcpoperator.io/v1alpha1/MCPServer</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Such as <c>status</c>; empty for the object itself.</summary>
    public required string SubResource { get; init; }

    /// <summary>The object's name; empty when the API server has yet to make one up.</summary>
    public required string Name { get; init; }

    /// <summary>The object's namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>What is done to the object.</summary>
    public required Operation Operation { get; init; }

    /// <summary>Who asks.</summary>
    public required string User { get; init; }

    /// <summary>All that the API server knows of who asks: name, uid, groups and whatever else its authenticators add.</summary>
    public required JsonElement UserInfo { get; init; }

    /// <summary>Whether nothing will be stored.</summary>
    public required bool DryRun { get; init; }

    /// <summary>The object as it shall be; for a deletion as it is.</summary>
    public required JsonElement New { get; init; }

    /// <summary>The object as it was; nothing when it is made or deleted.</summary>
    public required JsonElement? Old { get; init; }

    /// <summary>Whether the spec is another one than before.</summary>
    public bool SpecChanged => Old is not { } old || !AreEqual(SpecOf(New), SpecOf(old));

    private static JsonElement? SpecOf(JsonElement item) => item.TryGetProperty("spec", out var spec) ? spec : null;

    private static bool AreEqual(JsonElement? one, JsonElement? other) =>
        one is { } a && other is { } b ? JsonElement.DeepEquals(a, b) : one is null && other is null;
}

/// <summary>A body is no question that an API server would ask.</summary>
internal sealed class AdmissionFormatException(string message, Exception? cause = null) : Exception(message, cause);
