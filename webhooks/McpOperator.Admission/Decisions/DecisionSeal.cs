using System.Security.Cryptography;
using System.Text;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Decisions;

/// <summary>
/// Proves to the reconcile that admission has seen a decision and who made it. The webhooks alone have the key, so a decision that was
/// written while they were switched off has no seal, and is never applied.
/// </summary>
/// <remarks>
/// A seal holds for one server (by uid), one version, one decision, one reviewer and one reason; copied anywhere else it is worth nothing.
/// What it does not protect from: whoever can read the key's Secret in the operator's namespace, or write the status of servers.
/// </remarks>
public static class DecisionSeal
{
    /// <summary>The seal of the decision that a server bears.</summary>
    /// <param name="key">The key.</param>
    /// <param name="server">The server, with its uid and the annotations of the decision.</param>
    /// <param name="status">The status on which the decision was made.</param>
    /// <returns>Nothing when the server bears no decision, or there is nothing to decide about.</returns>
    public static string? Of(ReadOnlySpan<byte> key, MCPServer server, MCPServerStatus status)
    {
        var annotations = server.Metadata.Annotations;
        if (ReviewDecision.On(server) is not { } decision || decision.Subject(status) is not { } subject || annotations!.GetValueOrDefault(Annotations.DecidedBy) is not { } by)
        {
            return null;
        }

        // Lengths keep the parts apart, whatever is in them.
        var parts = new[] { "mcpoperator.io/decision/v1", server.Metadata.Uid ?? "", $"{subject}", decision.ToString(), by, annotations!.GetValueOrDefault(Annotations.DecisionReason) ?? "" };
        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(string.Concat(parts.Select(part => $"{part.Length}:{part}")))));
    }

    /// <summary>Whether the decision that a server bears was made by whom it says, about what the status says.</summary>
    public static bool IsGood(ReadOnlySpan<byte> key, MCPServer server, MCPServerStatus status) =>
        Of(key, server, status) is { } seal
        && server.Metadata.Annotations!.GetValueOrDefault(Annotations.DecisionSeal) is { } found
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(seal), Encoding.UTF8.GetBytes(found));
}
