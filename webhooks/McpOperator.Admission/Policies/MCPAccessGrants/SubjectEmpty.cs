using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPAccessGrants;

/// <summary>A subject that says nothing could be read as nobody or as everybody.</summary>
public sealed class SubjectEmpty : IPolicy<Review<MCPAccessGrant>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPAccessGrant> review)
    {
        if (review.New.Spec.Subjects.Count == 0)
        {
            yield return new("spec.subjects", Reasons.SubjectEmpty, "is empty, so the grant is for nobody; name a user, an agent or a group.");
        }

        foreach (var (i, subject) in review.New.Spec.Subjects.Index())
        {
            if (string.IsNullOrEmpty(subject.User) && string.IsNullOrEmpty(subject.Agent) && string.IsNullOrEmpty(subject.Group))
            {
                yield return new($"spec.subjects[{i}]", Reasons.SubjectEmpty, "is empty; name a user, an agent or a group.");
            }
        }
    }
}
