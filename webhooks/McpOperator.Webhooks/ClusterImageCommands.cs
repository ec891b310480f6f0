using System.Collections.Concurrent;
using McpOperator.Admission;
using McpOperator.Admission.Images;
using McpOperator.Admission.Policies.MCPServers;
using McpOperator.Api.V1Alpha1;
using McpOperator.Signatures;

namespace McpOperator.Webhooks;

/// <summary>
/// Asks registries what servers' images start, with the pull secrets of the server's pod. What a digest stands for does not change, so an
/// answer is kept; for its namespace alone, because it may come from a registry that others may not read.
/// </summary>
/// <param name="reader">Who reads.</param>
/// <param name="secrets">Reads pull secrets.</param>
public sealed class ClusterImageCommands(ImageCommandReader reader, PullSecrets secrets) : IImageCommands
{
    private const int Most = 10_000;

    private readonly ConcurrentDictionary<(string Namespace, ImageReference Image), ImageCommandFinding> _known = new();

    /// <inheritdoc/>
    public async Task<ImageCommandFinding?> FindAsync(Review<MCPServer> review, CancellationToken ct)
    {
        var spec = review.New.Spec;
        if (spec is not { Transport: Transport.Stdio, Command: null or { Count: 0 } }
            || MCPServerPolicies.ImageName.Check(review).Count > 0 || ImageReference.TryParse(spec.Image) is not { } image)
        {
            return null;
        }

        var key = (review.New.Metadata.NamespaceProperty ?? "", image);
        if (_known.TryGetValue(key, out var known))
        {
            return known;
        }

        var request = new ImageCommandRequest { Image = image, Registries = review.Configuration.Images.Registries, Credentials = await secrets.ReadAsync(review.New, ct) };
        var finding = await reader.ReadAsync(request, ct);
        if (finding.Command is not null)
        {
            if (_known.Count >= Most)
            {
                _known.Clear();
            }

            _known[key] = finding;
        }

        return finding;
    }
}
