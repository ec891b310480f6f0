using McpOperator.Admission.Images;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>Images come from registries that the platform team listed, and from nowhere else.</summary>
public sealed class RegistryNotAllowed : IPolicy<Review<MCPServer>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        var images = review.Configuration.Images;
        var allowed = images.AllowedRegistries.Concat(images.AllowedRegistriesByTenant.GetValueOrDefault(review.Tenant) ?? []).ToList();
        if (ImageReference.TryParse(review.New.Spec.Image) is { } reference && !allowed.Any(reference.IsBelow))
        {
            var list = allowed.Count == 0 ? "the list of allowed registries is empty" : $"allowed are {string.Join(", ", allowed)}";
            yield return new("spec.image", Reasons.RegistryNotAllowed, $"{reference.Name} is not from an allowed registry ({list}); use one of those, or have images.allowedRegistries extended in the operator's configuration.");
        }
    }
}
