using System.Text.Json.Nodes;
using McpOperator.Objects;

namespace McpOperator.Cli;

/// <summary>How findings are printed.</summary>
internal enum CheckFormat
{
    /// <summary>One line a finding, as compilers do.</summary>
    Text,

    /// <summary>One JSON list.</summary>
    Json,

    /// <summary>SARIF 2.1.0, which code hosts show beside the changed lines.</summary>
    Sarif,
}

/// <summary>Prints findings.</summary>
internal static class CheckReport
{
    public static string Write(IReadOnlyList<CheckFinding> findings, CheckFormat format) => format switch
    {
        CheckFormat.Json => Indented(new JsonArray([.. findings.Select(ToJson)])),
        CheckFormat.Sarif => Indented(ToSarif(findings)),
        _ => string.Concat(findings.Select(f => $"{(f.IsWarning ? "warning: " : "")}{f.Place} [{f.Reason}]\n")),
    };

    private static JsonObject ToJson(CheckFinding finding) => new()
    {
        ["file"] = finding.Place.File,
        ["line"] = finding.Place.Line,
        ["column"] = finding.Place.Column,
        ["field"] = finding.Place.Path,
        ["level"] = Level(finding),
        ["reason"] = finding.Reason,
        ["message"] = finding.Place.Message,
    };

    private static JsonObject ToSarif(IReadOnlyList<CheckFinding> findings) => new()
    {
        ["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json",
        ["version"] = "2.1.0",
        ["runs"] = new JsonArray(new JsonObject
        {
            ["tool"] = new JsonObject
            {
                ["driver"] = new JsonObject
                {
                    ["name"] = "mcp-operator",
                    ["version"] = VersionCommand.Version,
                    ["rules"] = new JsonArray([.. findings.Select(f => f.Reason).Distinct().Order(StringComparer.Ordinal).Select(r => new JsonObject { ["id"] = r })]),
                },
            },
            ["results"] = new JsonArray([.. findings.Select(ToResult)]),
        }),
    };

    private static JsonObject ToResult(CheckFinding finding) => new()
    {
        ["ruleId"] = finding.Reason,
        ["level"] = Level(finding),
        ["message"] = new JsonObject { ["text"] = $"{finding.Place.Path}: {finding.Place.Message}" },
        ["locations"] = new JsonArray(new JsonObject
        {
            ["physicalLocation"] = new JsonObject
            {
                ["artifactLocation"] = new JsonObject { ["uri"] = finding.Place.File.Replace('\\', '/') },
                ["region"] = new JsonObject { ["startLine"] = finding.Place.Line, ["startColumn"] = finding.Place.Column },
            },
        }),
    };

    private static string Level(CheckFinding finding) => finding.IsWarning ? "warning" : "error";

    private static string Indented(JsonNode node) => node.ToJsonString(new(KubernetesJson.Options) { WriteIndented = true }) + "\n";
}
