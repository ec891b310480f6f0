using McpOperator.Api;
using McpOperator.Signatures.Registry;

namespace McpOperator.Signatures.Verification;

/// <summary>One decision: looks at signature after signature until enough signers are found, or none is left.</summary>
internal static class ImageVerification
{
    /// <summary>Decides within a time; what was found until then explains a refusal.</summary>
    public static async Task<SignatureVerdict> VerifyAsync(Func<RegistrySession> open, string digest, SignaturePolicy policy, int mostSignatures, TimeSpan limit, TimeProvider time)
    {
        var findings = new List<Finding>();
        RegistrySession registry;
        try
        {
            registry = open();
        }
        catch (RegistryException e)
        {
            return Bad(policy, [], [Finding.Of(e)]);
        }

        var found = new HashSet<string>(StringComparer.Ordinal);
        using var end = new CancellationTokenSource(limit, time);
        try
        {
            await foreach (var candidate in new SignatureFinder(registry, digest, mostSignatures, findings).FindAsync(end.Token))
            {
                end.Token.ThrowIfCancellationRequested(); // cached content needs no waiting, but every check takes its time
                found.UnionWith(SignatureJudge.Judge(candidate, policy, findings));
                if (policy.RequireAll ? found.Count == policy.Signers.Count : found.Count > 0)
                {
                    return Good(policy, found);
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            findings.Add(Finding.Unreachable($"the registry {registry.Registry} did not answer in full within {limit.TotalSeconds:0} s; try again when it is well"));
        }

        return Bad(policy, found, findings);
    }

    private static SignatureVerdict Good(SignaturePolicy policy, HashSet<string> found)
    {
        var signers = policy.Signers.Select(s => s.Name).Where(found.Contains).ToList();
        return new SignatureVerdict(Reasons.SignatureVerified, $"Signed by {string.Join(", ", signers)}.") { Signers = signers };
    }

    private static SignatureVerdict Bad(SignaturePolicy policy, HashSet<string> found, List<Finding> findings)
    {
        var worst = findings.MaxBy(f => f.Rank);
        if (found.Count > 0 && worst?.Reason is not (Reasons.RegistryUnreachable or Reasons.RegistryDenied or Reasons.RegistryNotTrusted))
        {
            var missing = policy.Signers.Select(s => s.Name).Where(n => !found.Contains(n));
            var why = worst is { Rank: >= 4 } ? $" ({worst.Message})" : "";
            return new SignatureVerdict(Reasons.SignerNotTrusted, $"The image is signed by {string.Join(", ", found)}, but not by {string.Join(", ", missing)}, and all must sign{why}.");
        }

        return worst is null
            ? new SignatureVerdict(Reasons.SignatureMissing, $"The image has no signature in its registry; sign it (`cosign sign IMAGE@DIGEST`) as {(policy.RequireAll ? "all of" : "one of")} {SignatureJudge.Names(policy)}. An index and the images of its platforms are signed separately, or together with --recursive.")
            : new SignatureVerdict(worst.Reason, Sentence(worst.Message) + (findings.Count > 1 ? $" ({findings.Count} things were found in all; this one explains most.)" : ""));
    }

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..].TrimEnd('.') + ".";
}
