//! Why a campaign is not sent: each reason has a code for programs and a sentence for people.

use std::fmt;

use basalt_model::Locale;
use serde::Serialize;

/// One thing that stands in the way of a launch. A launch reports all of them at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    /// The campaign is running, finished or stopped.
    NotLaunchable {
        status: String,
    },
    NoSegment,
    SegmentNotEvaluated,
    SegmentEmpty,
    ChannelUnsupported {
        channel: String,
    },
    SenderAddressInvalid {
        address: String,
    },
    SubjectMissing,
    TemplateInvalid {
        detail: String,
    },
    SubjectInvalid {
        detail: String,
    },
    UnsubscribeLinkMissing,
    LinkInvalid {
        href: String,
        problem: String,
    },
    UnknownVariable {
        name: String,
    },
    /// The launcher may not read this field, so it can't be merged into a mail.
    VariableHidden {
        name: String,
    },
    /// A sample person lacks a value that the template prints.
    VariableMissing {
        name: String,
        contact_id: i64,
    },
    HoldoutInvalid {
        percent: i32,
    },
}

impl Refusal {
    /// The snake-case name of the reason.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotLaunchable { .. } => "not_launchable",
            Self::NoSegment => "no_segment",
            Self::SegmentNotEvaluated => "segment_not_evaluated",
            Self::SegmentEmpty => "segment_empty",
            Self::ChannelUnsupported { .. } => "channel_unsupported",
            Self::SenderAddressInvalid { .. } => "sender_address_invalid",
            Self::SubjectMissing => "subject_missing",
            Self::TemplateInvalid { .. } => "template_invalid",
            Self::SubjectInvalid { .. } => "subject_invalid",
            Self::UnsubscribeLinkMissing => "unsubscribe_link_missing",
            Self::LinkInvalid { .. } => "link_invalid",
            Self::UnknownVariable { .. } => "unknown_variable",
            Self::VariableHidden { .. } => "variable_hidden",
            Self::VariableMissing { .. } => "variable_missing",
            Self::HoldoutInvalid { .. } => "holdout_invalid",
        }
    }

    /// A sentence that tells a marketer what to do.
    pub fn message(&self, locale: Locale) -> String {
        match locale {
            Locale::En => self.english(),
            Locale::Zh => self.chinese(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::NotLaunchable { status } => {
                format!(
                    "A campaign with status \"{status}\" can't be launched; it must be a draft or approved."
                )
            }
            Self::NoSegment => "The campaign has no segment. Choose whom to write to.".into(),
            Self::SegmentNotEvaluated => {
                "The segment has never been evaluated. Evaluate it first.".into()
            }
            Self::SegmentEmpty => "The segment has no members.".into(),
            Self::ChannelUnsupported { channel } => {
                format!("The channel \"{channel}\" can't be sent yet; only e-mail can.")
            }
            Self::SenderAddressInvalid { address } => {
                format!("\"{address}\" is not a valid sender address.")
            }
            Self::SubjectMissing => "The mail has no subject.".into(),
            Self::TemplateInvalid { detail } => format!("The template can't be read: {detail}."),
            Self::SubjectInvalid { detail } => format!("The subject can't be read: {detail}."),
            Self::UnsubscribeLinkMissing => {
                "The template has no unsubscribe link. Add a link to {{ unsubscribe_url }}.".into()
            }
            Self::LinkInvalid { href, problem } => {
                format!("The link \"{href}\" can't be used: {problem}.")
            }
            Self::UnknownVariable { name } => {
                format!("The template uses {{{{ {name} }}}}, which does not exist.")
            }
            Self::VariableHidden { name } => {
                format!("The template uses {{{{ {name} }}}}, which you may not read.")
            }
            Self::VariableMissing { name, contact_id } => format!(
                "{name} is empty for contact {contact_id}. Give it a default in the template: {{{{ {name} | default(\"…\") }}}}."
            ),
            Self::HoldoutInvalid { percent } => {
                format!("A hold-out of {percent} % is not possible; choose 0 to 90.")
            }
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::NotLaunchable { status } => {
                format!("状态为“{status}”的营销活动不能启动，只有草稿或已批准的活动可以启动。")
            }
            Self::NoSegment => "营销活动没有选择客群。".into(),
            Self::SegmentNotEvaluated => "客群尚未计算，请先计算。".into(),
            Self::SegmentEmpty => "客群中没有成员。".into(),
            Self::ChannelUnsupported { channel } => {
                format!("暂不支持渠道“{channel}”，目前只能发送电子邮件。")
            }
            Self::SenderAddressInvalid { address } => format!("发件人地址“{address}”无效。"),
            Self::SubjectMissing => "邮件没有主题。".into(),
            Self::TemplateInvalid { detail } => format!("无法解析模板：{detail}。"),
            Self::SubjectInvalid { detail } => format!("无法解析主题：{detail}。"),
            Self::UnsubscribeLinkMissing => {
                "模板中没有退订链接，请加入指向 {{ unsubscribe_url }} 的链接。".into()
            }
            Self::LinkInvalid { href, problem } => format!("链接“{href}”不能使用：{problem}。"),
            Self::UnknownVariable { name } => format!("模板使用了不存在的变量 {{{{ {name} }}}}。"),
            Self::VariableHidden { name } => {
                format!("模板使用了您无权查看的变量 {{{{ {name} }}}}。")
            }
            Self::VariableMissing { name, contact_id } => {
                format!(
                    "联系人 {contact_id} 的 {name} 为空，请在模板中给出默认值：{{{{ {name} | default(\"…\") }}}}。"
                )
            }
            Self::HoldoutInvalid { percent } => {
                format!("对照组比例 {percent}% 无效，请选择 0 到 90。")
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english())
    }
}
